// What stands now: surebets, or single prices above the fair one, with every leg and how fresh it is.

import { Calculator } from "./calculator.js";
import { aged, element } from "./dom.js";
import { Filters } from "./filters.js";
import { List } from "./list.js";
import { prove } from "./proof.js";
import { MARKETS, kickoff, markets, outcome, percent, price, score, share } from "./words.js";

const NEW_MS = 30_000;
const SOON_MS = 15 * 60_000;

export function fields(more = []) {
  return [
    { name: "text", title: "search", type: "search" },
    { name: "bookmaker", title: "bookmaker", options: [] },
    { name: "market", title: "market", options: Object.entries(MARKETS) },
    { name: "source", title: "source", options: [["live", "live"], ["upcoming", "upcoming"]] },
    ...more,
  ];
}

export class Surebets {
  title = "Surebets";
  #isSuspiciousShown = false;

  constructor(context, given) {
    this.context = context;
    this.filters = new Filters(fields([
      { name: "profit", title: "profit ≥", type: "number", unit: "%", step: "0.1" },
      { name: "age", title: "seen within", type: "number", unit: "s", step: "1" },
    ]), () => context.filtered(this), given);
    this.suspicious = element("button", { type: "button", class: "quiet", "aria-pressed": "false", click: () => this.suspect() });
    this.filters.place.append(this.suspicious);
    this.list = new List({
      name: "surebets", caption: "Surebets that stand now",
      columns: this.columns(),
      sort: { name: "profit", isDescending: true },
      key: (row) => row.id,
      lines: (row) => Math.max(2, row.legs.length),
      signature: (row) => JSON.stringify([row.after_rounding, row.flags, row.moves, row.score, row.kickoff, row.home, row.away,
        row.legs.map((leg) => [leg.outcome, leg.bookmaker, leg.price, leg.share, leg.changed_at]), this.#state(row)]),
      touch: (line, row) => this.touch(line, row),
      mark: (row) => this.mark(row),
      detail: (row) => new Calculator(row),
      empty: () => this.empty(),
    });
    this.place = element("div", { class: "view" }, this.filters.place, this.list.place);
  }

  columns() {
    return [
      { name: "profit", title: "Profit", kind: "number", isDescending: true, sort: rounded, cells: (row) => this.#profit(row) },
      { name: "event", title: "Event", sort: (row) => row.home, cells: (row) => event(row, this.#state(row)) },
      { name: "kickoff", title: "Kick-off", sort: (row) => Date.parse(row.kickoff), cells: (row) => begin(row) },
      { name: "market", title: "Market", sort: (row) => markets(row.markets), cells: (row) => [element("span", { class: "row-line" }, markets(row.markets)), element("span", { class: `tag ${row.source}` }, row.source)] },
      { name: "legs", title: "Legs", cells: (row) => this.#legs(row), heads: legHeads() },
      { name: "life", title: "Stands", kind: "number", isDescending: true, sort: (row) => Date.parse(row.opened_at), cells: (row) => [aged(row.opened_at), toggle()] },
    ];
  }

  update() {
    const all = [...this.context.live.model.opportunities.values()];
    const names = [...new Set(all.flatMap((row) => row.legs.map((leg) => leg.bookmaker)))].sort();
    this.filters.offer("bookmaker", names.map((name) => [name, name]));
    const wanted = all.filter((row) => this.#isWanted(row));
    const flagged = wanted.filter((row) => row.flags.length).length;
    this.suspicious.textContent = `${flagged} suspicious ${this.#isSuspiciousShown ? "shown" : "hidden"}`;
    this.suspicious.disabled = !flagged && !this.#isSuspiciousShown;
    this.list.show(this.#isSuspiciousShown ? wanted : wanted.filter((row) => !row.flags.length));
  }

  suspect() {
    this.#isSuspiciousShown = !this.#isSuspiciousShown;
    this.suspicious.setAttribute("aria-pressed", String(this.#isSuspiciousShown));
    this.update();
  }

  why() {
    const row = this.context.live.model.opportunities.get(this.list.selected);
    if (row) prove(row.id, `Why ${row.home} – ${row.away}`);
  }

  empty() {
    return "No surebet stands now that the filters let through. Health says how far prices come.";
  }

  touch(line, row) {
    const { live } = this.context;
    const now = live.now();
    for (const [at, place] of line.querySelectorAll(".leg").entries()) {
      const leg = row.legs[at];
      const seen = place.querySelector("time");
      if (seen.dateTime !== leg.seen_at) seen.dateTime = leg.seen_at;
      place.classList.toggle("stale", now - Date.parse(leg.seen_at) > live.model.limit(leg.bookmaker, row.source, leg.market));
    }
  }

  mark(row) {
    const now = this.context.live.now();
    const toKickoff = Date.parse(row.kickoff) - now;
    return [
      row.flags.length ? "suspicious" : "",
      now - Date.parse(row.opened_at) < NEW_MS ? "new" : "",
      row.source === "upcoming" && toKickoff < SOON_MS ? "soon" : "",
    ].filter(Boolean).join(" ");
  }

  #state(row) {
    return this.context.live.model.states.get(row.match_id);
  }

  #isWanted(row) {
    const { values } = this.filters;
    const profit = this.filters.number("profit");
    const age = this.filters.number("age");
    const oldest = Math.min(...row.legs.map((leg) => Date.parse(leg.seen_at)));
    return (!values.bookmaker || row.legs.some((leg) => leg.bookmaker === values.bookmaker))
      && (!values.market || row.markets.includes(values.market))
      && (!values.source || row.source === values.source)
      && (profit === null || rounded(row) * 100 >= profit)
      && (age === null || this.context.live.now() - oldest <= age * 1000)
      && this.filters.matches([row.home, row.away, row.competition, ...row.legs.map((leg) => leg.bookmaker)]);
  }

  #profit(row) {
    return [
      element("button", { type: "button", class: "why", "data-focus": "profit", title: `before rounding ${percent(row.profit)}; why`, click: () => prove(row.id, `Why ${row.home} – ${row.away}`) }, row.after_rounding === null ? "–" : percent(row.after_rounding)),
      row.flags.length ? element("span", { class: "flag", title: row.flags.join("; ") }, "suspicious") : null,
      row.score ? element("span", { class: "flag", title: "the legs cover what can still come from this score" }, `at ${row.score.join("–")}`) : null,
    ];
  }

  #legs(row) {
    return row.legs.map((leg, at) => {
      const move = row.moves?.[`${leg.market}/${leg.outcome}/${leg.bookmaker}`] ?? 0;
      return element("div", { class: "leg" },
        element("span", { class: "l-outcome" }, outcome(leg.outcome)),
        element("button", { type: "button", class: "why l-price", "data-focus": `price${at}`, title: "why", click: () => prove(row.id, `Why ${row.home} – ${row.away}`) }, price(leg.price)),
        arrow(move),
        element("span", { class: "l-bookmaker" }, leg.bookmaker),
        element("span", { class: "l-share" }, share(leg.share)),
        element("span", { class: "l-seen" }, aged(leg.seen_at)),
        element("span", { class: "l-changed" }, leg.changed_at ? aged(leg.changed_at) : "–"));
    });
  }
}

// Opens the row as a click on it does.
const toggle = () => element("button", { type: "button", class: "why under", "data-focus": "toggle", "data-toggle": "" }, "stakes");

// What stakes leave at worst, after rounding, taxes and limits; without possible stakes it is last.
const rounded = (row) => row.after_rounding ?? -1;

export function arrow(move) {
  const words = move > 0 ? "up" : "down";
  return element("span", { class: `l-move ${move ? words : ""}` },
    move ? element("span", { role: "img", "aria-label": words }, move > 0 ? "▲" : "▼") : null);
}

export function event(row, state) {
  return [
    element("a", { class: "teams", href: `#event/${row.match_id}`, "data-focus": "event" }, `${row.home} – ${row.away}`),
    element("span", { class: "under" }, element("span", { class: "competition" }, row.competition || "no competition"),
      score(state) ? element("span", { class: "score" }, score(state)) : null),
  ];
}

export function begin(row) {
  const [day, hour] = split(row.kickoff);
  return [element("span", { class: "hour" }, hour), element("span", { class: "under" }, day)];
}

function split(moment) {
  const words = kickoff(moment).split(" ");
  return [words.slice(0, -1).join(" "), words.at(-1)];
}

function legHeads() {
  const heads = [["outcome", ""], ["price", "price"], ["move", ""], ["bookmaker", "bookmaker"], ["share", "stake"], ["seen", "seen"], ["changed", "changed"]];
  return element("span", { class: "leg", "aria-hidden": "true" }, heads.map(([name, words]) => element("span", { class: `l-${name}` }, words)));
}
