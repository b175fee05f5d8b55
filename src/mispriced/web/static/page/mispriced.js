// Prices that are longer than the other bookmakers say is fair: an expectation, and no certainty.

import { askAll } from "./api.js";
import { aged, element } from "./dom.js";
import { Filters } from "./filters.js";
import { List } from "./list.js";
import { begin, event, fields } from "./surebets.js";
import { market, outcome, percent, price, share } from "./words.js";

export class Mispriced {
  title = "Mispriced";
  everyMs = 2000;
  rows = null; // until they were read

  constructor(context, given) {
    this.context = context;
    this.filters = new Filters(fields([{ name: "edge", title: "edge ≥", type: "number", unit: "%", step: "0.5" }]), () => context.filtered(this), given);
    this.list = new List({
      name: "mispriced", caption: "Prices above the fair price",
      columns: [
        { name: "edge", title: "Edge", kind: "number", isDescending: true, sort: (row) => row.edge, cells: (row) => percent(row.edge) },
        { name: "event", title: "Event", sort: (row) => row.home, cells: (row) => event(row, context.live.model.states.get(row.match_id)) },
        { name: "kickoff", title: "Kick-off", sort: (row) => Date.parse(row.kickoff), cells: begin },
        { name: "bet", title: "Bet", sort: (row) => row.market, cells: (row) => [`${market(row.market)} `, element("b", {}, outcome(row.outcome)), element("span", { class: `tag ${row.source}` }, row.source)] },
        { name: "bookmaker", title: "Bookmaker", sort: (row) => row.bookmaker, cells: (row) => row.bookmaker },
        { name: "price", title: "Price", kind: "number", isDescending: true, sort: (row) => row.price, cells: (row) => price(row.price) },
        { name: "fair", title: "Fair", kind: "number", isDescending: true, sort: (row) => row.fair_price, cells: (row) => price(row.fair_price) },
        { name: "dispersion", title: "± between books", kind: "number wide", sort: (row) => row.dispersion, cells: (row) => `${(row.dispersion * 100).toFixed(2)} %` },
        { name: "books", title: "Books", kind: "number wide", isDescending: true, sort: (row) => row.books, cells: (row) => String(row.books) },
        { name: "kelly", title: "Kelly part", kind: "number wide", isDescending: true, sort: (row) => row.kelly, cells: (row) => share(row.kelly) },
        { name: "seen", title: "Seen", kind: "number", isDescending: true, sort: (row) => Date.parse(row.seen_at), cells: (row) => aged(row.seen_at) },
      ],
      sort: { name: "edge", isDescending: true },
      key: (row) => [row.match_id, row.source, row.market, row.outcome].join("/"),
      lines: () => 2,
      open: (row) => context.go(`event/${row.match_id}`),
      empty: () => (this.rows ? "No price is above the fair one by the rule of the settings, on enough bookmakers." : "Reading the prices"),
    });
    this.place = element("div", { class: "view" }, this.filters.place, this.list.place);
  }

  async read() {
    this.rows = await askAll("values");
  }

  update() {
    const rows = this.rows ?? [];
    const names = [...new Set(rows.map((row) => row.bookmaker))].sort();
    this.filters.offer("bookmaker", names.map((name) => [name, name]));
    const { values } = this.filters;
    const edge = this.filters.number("edge");
    this.list.show(rows.filter((row) =>
      (!values.bookmaker || row.bookmaker === values.bookmaker)
      && (!values.market || row.market === values.market)
      && (!values.source || row.source === values.source)
      && (edge === null || row.edge * 100 >= edge)
      && this.filters.matches([row.home, row.away, row.competition, row.bookmaker])));
  }
}
