// How reading each bookmaker's sites goes.

import { askAll } from "./api.js";
import { aged, element } from "./dom.js";
import { List } from "./list.js";
import { age, count } from "./words.js";

const GOOD = new Set(["ok", "empty"]);

export class Bookmakers {
  title = "Bookmakers";
  everyMs = 2000;
  rows = [];

  constructor(context) {
    this.context = context;
    this.list = new List({
      name: "bookmakers", caption: "Bookmakers' sites",
      columns: [
        { name: "bookmaker", title: "Bookmaker", sort: (row) => row.bookmaker, cells: (row) => [element("b", {}, row.bookmaker), element("span", { class: `tag ${row.source}` }, row.source)] },
        { name: "breaker", title: "Breaker", sort: (row) => row.paused_until ?? "", cells: (row) => this.#breaker(row) },
        { name: "good", title: "Last good", kind: "number", sort: (row) => row.last_good ?? "", cells: (row) => (row.last_good ? aged(row.last_good) : "never") },
        { name: "read", title: "Last read", kind: "number", sort: (row) => row.last_read ?? "", cells: (row) => (row.last_read ? aged(row.last_read) : "never") },
        { name: "cadence", title: "Seen every", kind: "number wide", sort: (row) => row.usual_s, cells: (row) => (row.usual_s ? age(row.usual_s * 1000) : "learning") },
        { name: "latency", title: "A request", kind: "number wide", isDescending: true, sort: (row) => row.seconds / (row.requests || 1), cells: (row) => (row.requests ? `${Math.round((row.seconds / row.requests) * 1000)} ms` : "–") },
        { name: "coverage", title: "Events", kind: "number", isDescending: true, sort: (row) => row.events, cells: (row) => [count(row.events), element("span", { class: "under" }, `${Math.round(100 * this.#covered(row))} %`)] },
        { name: "quotes", title: "Quotes", kind: "number", isDescending: true, sort: (row) => row.quotes, cells: (row) => count(row.quotes) },
        { name: "drift", title: "Not understood", kind: "number wide", isDescending: true, sort: drift, cells: (row) => [`${(100 * drift(row)).toFixed(1)} %`, element("span", { class: "under" }, `${count(row.skipped)} rows`)] },
        { name: "errors", title: "Errors by kind", sort: (row) => errors(row).length, cells: (row) => this.#errors(row) },
      ],
      sort: { name: "bookmaker", isDescending: false },
      key: (row) => `${row.bookmaker}/${row.source}`,
      lines: () => 2,
      empty: () => "No bookmaker was read yet.",
    });
    this.place = element("div", { class: "view" }, this.list.place);
  }

  async read() {
    const all = await askAll("bookmakers");
    this.rows = all.flatMap((one) => one.sites.map((site) => ({
      ...site, usual_s: slowest(one.cadences.filter(({ source }) => source === site.source)),
    })));
  }

  update() {
    this.list.show(this.rows);
  }

  #breaker(row) {
    const isOpen = row.paused_until && Date.parse(row.paused_until) > this.context.live.now();
    return isOpen
      ? element("span", { class: "bad" }, `open for ${age(Date.parse(row.paused_until) - this.context.live.now())}`)
      : element("span", { class: "muted" }, "closed");
  }

  // Of the events of this source that any bookmaker lists most, as a part.
  #covered(row) {
    const most = Math.max(1, ...this.rows.filter(({ source }) => source === row.source).map(({ events }) => events));
    return row.events / most;
  }

  #errors(row) {
    const found = errors(row);
    return [
      found.length ? element("span", { class: "bad" }, found.map(([name, number]) => `${name} ${number}`).join(", ")) : element("span", { class: "muted" }, "none"),
      row.reasons.length ? element("span", { class: "under", title: row.reasons.join("\n") }, row.reasons[0]) : null,
    ];
  }
}

const slowest = (cadences) => Math.max(0, ...cadences.map((one) => one.usual_s));
const drift = (row) => row.skipped / Math.max(1, row.skipped + row.quotes);

function errors(row) {
  return Object.entries(row.outcomes).filter(([name]) => !GOOD.has(name));
}
