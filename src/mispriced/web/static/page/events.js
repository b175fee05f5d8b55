// Every match: who lists it, how it was joined, how it stands.

import { askAll } from "./api.js";
import { element } from "./dom.js";
import { Filters } from "./filters.js";
import { List } from "./list.js";
import { begin, event, fields } from "./surebets.js";

export class Events {
  title = "Events";
  rows = null; // until they were read
  #version = null;
  #surebets = new Map();

  constructor(context, given) {
    this.context = context;
    const wanted = fields().filter((one) => one.name !== "market");
    this.filters = new Filters(wanted, () => context.filtered(this), given);
    this.list = new List({
      name: "events", caption: "Matches",
      columns: [
        { name: "kickoff", title: "Kick-off", sort: (row) => Date.parse(row.kickoff), cells: begin },
        { name: "event", title: "Event", sort: (row) => row.home, cells: (row) => event(row, this.#state(row)) },
        { name: "competition", title: "Country", kind: "wide", sort: (row) => `${row.country} ${row.competition}`, cells: (row) => row.country || "–" },
        { name: "source", title: "Source", sort: (row) => row.sources.join(), cells: (row) => row.sources.map((one) => element("span", { class: `tag ${one}` }, one)) },
        { name: "books", title: "Books", kind: "number", isDescending: true, sort: (row) => names(row).length, cells: (row) => String(names(row).length) },
        { name: "listed", title: "Listed by", kind: "wide", cells: (row) => names(row).join(", ") },
        { name: "how", title: "Joined by", kind: "wide", sort: (row) => row.how, cells: (row) => row.how },
        { name: "surebets", title: "Surebets", kind: "number", isDescending: true, sort: (row) => this.#surebets.get(row.match_id) ?? 0, cells: (row) => String(this.#surebets.get(row.match_id) ?? "") },
      ],
      sort: { name: "kickoff", isDescending: false },
      key: (row) => row.match_id,
      lines: () => 2,
      signature: (row) => JSON.stringify([row.home, row.away, row.competition, row.kickoff, row.how, row.listed.length, this.#state(row), this.#surebets.get(row.match_id)]),
      open: (row) => context.go(`event/${row.match_id}`),
      empty: () => (this.rows ? "No match is known that the filters let through." : "Reading the matches"),
    });
    this.place = element("div", { class: "view" }, this.filters.place, this.list.place);
  }

  everyMs = 3000;

  async read() {
    const { version } = this.context.live.model;
    if (version === this.#version) return;
    this.rows = await askAll("events");
    this.#version = version;
  }

  update() {
    const rows = this.rows ?? [];
    this.#surebets = new Map();
    for (const { match_id } of this.context.live.model.opportunities.values()) {
      this.#surebets.set(match_id, (this.#surebets.get(match_id) ?? 0) + 1);
    }
    const books = [...new Set(rows.flatMap(names))].sort();
    this.filters.offer("bookmaker", books.map((name) => [name, name]));
    const { values } = this.filters;
    this.list.show(rows.filter((row) =>
      (!values.bookmaker || names(row).includes(values.bookmaker))
      && (!values.source || row.sources.includes(values.source))
      && this.filters.matches([row.home, row.away, row.competition, row.country])));
  }

  #state(row) {
    return this.context.live.model.states.get(row.match_id);
  }
}

function names(row) {
  return [...new Set(row.listed.map((one) => one.bookmaker))];
}
