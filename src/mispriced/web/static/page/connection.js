// The one connection to the stream. It comes back by itself: after an end, an error and a silence.

import { KINDS } from "./model.js";

export const SILENCE_MS = 11_000; // two heartbeats of five seconds
const PAUSE_MS = [500, 1000, 2000, 4000];
const WANTED = KINDS.filter((one) => one !== "snapshot" && one !== "heartbeat").join(",");

export class Connection {
  #source = null;
  #lastId = "";
  #failures = 0;
  #timer = 0;

  // `tell(kind, data)` is called with each event, and with "lost" and "login" of our own.
  constructor(tell) {
    this.tell = tell;
    this.#open();
  }

  #open() {
    const query = new URLSearchParams({ kinds: WANTED });
    if (this.#lastId) query.set("last_event_id", this.#lastId);
    const source = new EventSource(`/api/v1/stream?${query}`);
    this.#source = source;
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        if (event.lastEventId) this.#lastId = event.lastEventId;
        this.#failures = 0;
        this.#expect();
        this.tell(kind, JSON.parse(event.data));
      });
    }
    source.onerror = () => this.#again();
    this.#expect();
  }

  #expect() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), SILENCE_MS);
  }

  async #again() {
    clearTimeout(this.#timer);
    this.#source.onerror = null;
    this.#source.close();
    this.tell("lost", null);
    const pause = PAUSE_MS[Math.min(this.#failures++, PAUSE_MS.length - 1)];
    this.#timer = setTimeout(() => this.#open(), pause * (0.75 + Math.random() / 2));
    const answer = await fetch("/api/v1/session", { cache: "no-store" }).catch(() => null);
    if (answer?.status === 401) this.tell("login", null);
  }
}
