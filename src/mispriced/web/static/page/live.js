// A tab's view of the stream: the model, how fresh it is, and whoever wants to hear of changes.

import { Connection, SILENCE_MS } from "./connection.js";
import { Model } from "./model.js";

export class Live {
  #heard = performance.now();
  #timer = 0;

  // `changed(kind)` is called at most every 50 ms, `stated` whenever the state may be another.
  constructor(changed, stated) {
    this.model = new Model();
    this.isLost = false;
    this.changed = changed;
    this.stated = stated;
    this.#connect();
    setInterval(() => stated(), 1000);
  }

  // Milliseconds since the epoch, by the server's clock.
  now() {
    return Date.now() + (this.model.ahead ?? 0);
  }

  // How the rows may be taken: "connecting", "live", "simulated", "stale" or "silent".
  state() {
    return this.silence() > SILENCE_MS ? "silent" : this.model.status;
  }

  silence() {
    return performance.now() - this.#heard;
  }

  #connect() {
    if (!("SharedWorker" in window)) {
      this.connection = new Connection((kind, data) => this.#take(kind, data));
      return;
    }
    const worker = new SharedWorker("/static/page/shared.js", { type: "module", name: "mispriced" });
    worker.port.onmessage = ({ data: { kind, data } }) => this.#take(kind, data);
    addEventListener("pagehide", (event) => {
      if (!event.persisted) worker.port.postMessage("gone");
    });
  }

  #take(kind, data) {
    if (kind === "login") {
      location.assign(`/login?next=${encodeURIComponent(location.pathname + location.hash)}`);
      return;
    }
    this.isLost = kind === "lost";
    if (kind === "lost") {
      this.stated();
      return;
    }
    this.#heard = performance.now();
    const isChanged = this.model.take(kind, data);
    this.stated();
    if (isChanged && !this.#timer) {
      this.#timer = setTimeout(() => {
        this.#timer = 0;
        this.changed();
      }, 50);
    }
  }
}
