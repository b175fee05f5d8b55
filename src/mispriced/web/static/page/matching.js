// Events that nearly joined, joins that rest on names alone, and what people ruled: as `mispriced review`.

import { ask, change } from "./api.js";
import { element, put } from "./dom.js";
import { List } from "./list.js";
import { age, clock, kickoff, plural } from "./words.js";

export class Matching {
  title = "Matching";
  everyMs = 5000;
  found = null;

  constructor(context) {
    this.context = context;
    this.list = new List({
      name: "doubts", caption: "Pairs of events that a person may look at",
      columns: [
        { name: "now", title: "Now", sort: (row) => row.now, cells: (row) => element("span", { class: `tag ${row.now}` }, row.now) },
        { name: "score", title: "Points", kind: "number", sort: (row) => row.points, cells: (row) => row.points.toFixed(1) },
        { name: "pair", title: "Events", sort: (row) => row.event.home, cells: (row) => [row.event, row.other].map(listed) },
        { name: "kickoff", title: "Kick-off", sort: (row) => Date.parse(row.event.kickoff), cells: (row) => [row.event, row.other].map((one) => element("span", { class: "row-line" }, kickoff(one.kickoff))) },
        { name: "reason", title: "Evidence", kind: "wide", sort: (row) => row.words, cells: (row) => row.words },
        { name: "rule", title: "They are", cells: (row) => this.#choices(row) },
      ],
      sort: { name: "now", isDescending: false },
      key: (row) => `${key(row.event)} ${key(row.other)}`,
      lines: () => 2,
      empty: () => (this.found ? "No two events are in doubt, and none was joined by names alone." : "Reading the queue"),
    });
    this.said = element("p", { class: "muted said", role: "status" });
    this.past = element("section", { class: "rulings", "aria-label": "Rulings" });
    this.place = element("div", { class: "view" }, this.said, this.list.place, this.past);
  }

  async read() {
    this.found = await ask("review");
  }

  update() {
    const { doubts, weakest, rulings } = this.found ?? { doubts: [], weakest: [], rulings: [] };
    if (this.found && !this.said.textContent) {
      this.said.textContent = `${plural(doubts.length, "pair")} in doubt · ${plural(weakest.length, "weakest join")} by names, points from 3 on join`;
    }
    this.list.show([
      ...doubts.map((one) => ({ ...one, now: "apart", points: one.score, words: one.reason })),
      ...weakest.map((one) => ({ ...one, now: "joined", points: one.home + one.away, words: evidence(one) })),
    ]);
    put(this.past, rulings.length ? element("h3", {}, "Rulings") : null, rulings.map((one) => this.#ruling(one)));
  }

  #choices(row) {
    const pin = row.now === "joined" ? null
      : element("button", { type: "button", "data-focus": "pin", click: () => this.#rule("pin", row) }, "one match");
    const ban = element("button", { type: "button", "data-focus": "ban", click: () => this.#rule("ban", row) }, "two matches");
    return [pin, ban];
  }

  #ruling(one) {
    const words = `${one.kind} ${one.keys.join("  ")} · ${clock(one.at)} by ${one.by}${one.undone_at ? ` · taken back by ${one.undone_by}` : ""}${one.why ? ` · ${one.why}` : ""}`;
    return element("p", { class: one.undone_at ? "muted" : "" }, words,
      one.undone_at ? null : element("button", { type: "button", class: "quiet", click: () => this.#change(`review/${encodeURIComponent(one.id)}/undo`, {}, "taken back") }, "take back"));
  }

  #rule(kind, row) {
    const words = kind === "pin" ? "one match" : "two matches";
    return this.#change("review", { kind, keys: [key(row.event), key(row.other)] }, `${row.event.home} and ${row.other.home}: ${words}`);
  }

  async #change(path, body, words) {
    try {
      await change(path, body);
      this.said.textContent = words;
      await this.read();
    } catch (error) {
      this.said.textContent = error.message;
    }
    this.update();
  }
}

const key = (event) => `${event.bookmaker}/${event.source}/${event.event_id}`;

function evidence({ home, away, apart_s, runner_up }) {
  return [
    `home ${home.toFixed(1)}, away ${away.toFixed(1)}`,
    apart_s ? `kick-offs ${age(Math.abs(apart_s) * 1000)} apart` : "same kick-off",
    runner_up === undefined || runner_up === null ? "no other candidate" : `next best ${runner_up.toFixed(1)}`,
  ].join(", ");
}

function listed(event) {
  return element("span", { class: "row-line" }, element("span", {}, `${event.home} – ${event.away}`),
    element("span", { class: "muted" }, ` ${event.bookmaker} · ${event.competition}`));
}
