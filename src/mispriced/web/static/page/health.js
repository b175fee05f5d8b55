// How the system does: why nothing is found, who works, what waits, what was buried.

import { ask, askAll } from "./api.js";
import { aged, element, put, shape } from "./dom.js";
import { facts, table } from "./proof.js";
import { count, plural } from "./words.js";

const SILENT_MS = 10_000; // a worker says that it lives every second

export class Health {
  title = "Health";
  everyMs = 2000;

  constructor(context) {
    this.context = context;
    this.body = element("div", { class: "health" });
    this.place = element("div", { class: "view" }, element("div", { class: "scroll padded", tabindex: "0", role: "region", "aria-label": "Health" }, this.body));
  }

  async read() {
    [this.health, this.sites] = await Promise.all([ask("health"), askAll("bookmakers")]);
  }

  update() {
    if (!this.health) return;
    const { funnel, heartbeats, backlog, dead_letters, clients, error } = this.health;
    const waiting = backlog.filter((one) => one.unread || one.pending);
    put(this.body,
      error ? element("p", { class: "bad" }, error) : null,
      element("section", { class: "funnel" },
        element("h2", {}, funnel.surebets ? `${plural(funnel.surebets, "surebet")} found, of` : "Nothing found, because"),
        picture(funnel),
        element("h3", {}, "What becomes of the judged"), reasons(funnel.reasons),
        funnel.nearest.length ? element("h3", {}, "Nearest") : null,
        element("ul", { class: "nearest" }, funnel.nearest.map((one) => element("li", {}, one)))),
      element("section", {},
        element("h2", {}, "Work"),
        facts([
          ["dead letters", count(dead_letters)],
          ["entries not yet taken", count(backlog.reduce((sum, one) => sum + one.unread, 0))],
          ["taken, not acknowledged", count(backlog.reduce((sum, one) => sum + one.pending, 0))],
          ["pages that listen", count(clients)],
          ["best book sum", funnel.best_sum === null ? "–" : funnel.best_sum.toFixed(4)],
        ]),
        waiting.length ? table("Lags", ["stream", "group", "unread", "pending", "oldest"],
          waiting.map((one) => [one.stream, one.group, count(one.unread), count(one.pending), `${one.oldest_pending_ms} ms`])) : null,
        table("Cycles", ["site", "requests", "time of requests", "read"],
          this.sites.flatMap((one) => one.sites).map((one) => [`${one.bookmaker} ${one.source}`, count(one.requests), `${one.seconds.toFixed(2)} s`, one.last_read ? aged(one.last_read, " ago") : "never"])),
        table("Workers", ["worker", "handled", "failed", "buried", "said"],
          Object.entries(heartbeats).map(([name, one]) => [name, count(one.handled), count(one.failed), count(one.buried), this.#said(one)]))));
  }

  #said(one) {
    const isSilent = this.context.live.now() - Date.parse(one.at) > SILENT_MS;
    return element("span", { class: isSilent ? "warn" : "" }, aged(one.at, " ago"));
  }
}

function picture({ events, matched, judged, fresh, priced, surebets }) {
  const steps = [
    ["events listed", events], ["matches of two bookmakers", matched], ["judged, live and upcoming apart", judged],
    ["two fresh bookmakers", fresh], ["every outcome priced", priced], ["surebets", surebets],
  ];
  const most = Math.max(1, ...steps.map(([, number]) => number));
  const words = steps.map(([name, number]) => `${name} ${number}`).join(", ");
  const bars = steps.flatMap(([name, number], at) => {
    const width = Math.max(number ? 2 : 0, (number / most) * 216);
    const y = at * 30 + (at > 1 ? 12 : 0); // a match is judged twice when it is live
    return [
      shape("text", { x: 184, y: y + 18, "text-anchor": "end", class: "name" }, name),
      shape("rect", { x: 192, y: y + 4, width, height: 20, rx: 2, class: at === steps.length - 1 ? "found" : "bar" }),
      shape("text", { x: 198 + width, y: y + 18, class: "amount" }, count(number)),
    ];
  });
  return shape("svg", { viewBox: `0 0 440 ${steps.length * 30 + 12}`, role: "img", "aria-label": words, class: "picture" }, bars);
}

function reasons(counted) {
  return facts(Object.entries(counted).map(([name, number]) => [name, count(number)]));
}
