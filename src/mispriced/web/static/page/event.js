// One match: the odds of all bookmakers on all markets, the best of each outcome marked.

import { ask } from "./api.js";
import { PriceHistory } from "./chart.js";
import { aged, element, put } from "./dom.js";
import { facts, prove } from "./proof.js";
import { MARKETS, ORDER, kickoff, market, outcome, percent, price, score } from "./words.js";

const CHART_MS = 5000;

export class Event {
  everyMs = 1000;
  #told = "";
  #chart;
  #chartAt = 0;

  constructor(context, given, id) {
    this.context = context;
    this.id = id;
    this.head = element("div", { class: "event-head" });
    this.body = element("div", { class: "grids" });
    this.past = element("section", { class: "past", "aria-label": "Price history" });
    this.#chart = new PriceHistory(this.past, id);
    const back = element("a", { class: "quiet", href: "#events" }, "← Events");
    this.place = element("div", { class: "view" }, element("div", { class: "scroll padded", tabindex: "0", role: "region", "aria-label": "Odds of the match" }, back, this.head, this.body, this.past));
  }

  get title() {
    return this.detail ? `${this.detail.event.home} – ${this.detail.event.away}` : "Event";
  }

  async read() {
    this.detail = await ask(`events/${encodeURIComponent(this.id)}`);
  }

  // The record is asked less often: a file is written every few seconds.
  async shown() {
    const now = this.context.live.now();
    if (now - this.#chartAt < CHART_MS) return;
    this.#chartAt = now;
    await this.#chart.read(now);
  }

  themed() {
    this.#chartAt = 0;
    return this.shown();
  }

  update() {
    if (!this.detail) return;
    const { event, offers, opportunities } = this.detail;
    const state = this.context.live.model.states.get(event.match_id);
    const told = JSON.stringify([event, state, opportunities.map((one) => [one.id, one.profit]),
      offers.map((one) => [one.market, one.source, one.bookmaker, one.state, one.prices, one.suspended])]);
    if (told === this.#told) {
      this.#touch(offers);
      return;
    }
    this.#told = told;
    put(this.head, ...head(event, state), ...opportunities.map(standing));
    const groups = Map.groupBy(offers, (one) => `${one.source}/${one.market}`);
    const order = Object.keys(MARKETS);
    const sorted = [...groups.values()].sort(([a], [b]) => a.source.localeCompare(b.source) || order.indexOf(a.market) - order.indexOf(b.market));
    put(this.body, ...(sorted.length ? sorted.map(grid) : [element("p", { class: "empty" }, "No bookmaker offers odds on this match now.")]),
      listing(event));
  }

  close() {
    this.#chart.close();
  }

  // Seen again at the same prices: only the moments are another.
  #touch(offers) {
    for (const one of offers) {
      const place = this.body.querySelector(`tr[data-offer="${CSS.escape(name(one))}"] time`);
      if (place) place.dateTime = one.seen_at;
    }
  }
}

const name = (one) => `${one.source}/${one.market}/${one.bookmaker}`;

function head(event, state) {
  return [
    element("h2", {}, `${event.home} – ${event.away}`, score(state) ? element("span", { class: "score" }, score(state)) : null),
    element("p", { class: "muted" }, [event.competition, event.country, kickoff(event.kickoff), state ? `state by ${state.by}` : ""].filter(Boolean).join(" · ")),
  ];
}

function standing(one) {
  const words = `${percent(one.after_rounding ?? one.profit)} ${one.legs.map((leg) => `${outcome(leg.outcome)} ${price(leg.price)} ${leg.bookmaker}`).join(", ")}`;
  return element("p", { class: "standing" },
    element("button", { type: "button", class: "why", click: () => prove(one.id, `Why ${one.home} – ${one.away}`) }, words),
    one.flags.length ? element("span", { class: "flag" }, one.flags.join("; ")) : null);
}

function grid(offers) {
  const [{ market: name_, source }] = offers;
  const wanted = ORDER[name_] ?? Object.keys(offers[0].prices);
  const counted = offers.filter((one) => one.state === "fresh");
  const best = Object.fromEntries(wanted.map((one) => [one, Math.max(...counted.map((offer) => offer.prices[one] ?? 0))]));
  return element("section", { class: "grid" }, element("table", { class: "plain" },
    element("caption", {}, market(name_), element("span", { class: `tag ${source}` }, source)),
    element("thead", {}, element("tr", {}, ["bookmaker", ...wanted.map(outcome), "margin", "seen", "changed"].map((one, at) =>
      element("th", { scope: "col", class: at ? "number" : "" }, one)))),
    element("tbody", {}, offers.map((one) => line(one, wanted, best)))));
}

function line(offer, wanted, best) {
  const isWhole = wanted.every((one) => one in offer.prices);
  const paid = offer.market === "double_chance" ? 2 : 1;
  const margin = isWhole ? percent(wanted.reduce((sum, one) => sum + 1 / offer.prices[one], 0) / paid - 1, 1) : "–";
  return element("tr", { class: offer.state, "data-offer": name(offer) },
    element("th", { scope: "row" }, offer.bookmaker, offer.state === "fresh" ? null : element("span", { class: "tag" }, offer.state)),
    wanted.map((one) => cell(offer, one, best[one])),
    element("td", { class: "number muted" }, margin),
    element("td", { class: "number muted" }, aged(offer.seen_at)),
    element("td", { class: "number muted" }, aged(offer.changed_at)));
}

function cell(offer, one, best) {
  const value = offer.prices[one];
  if (offer.suspended.includes(one)) return element("td", { class: "number muted" }, "closed");
  if (value === undefined) return element("td", { class: "number muted" }, "–");
  const isBest = offer.state === "fresh" && value === best;
  return element("td", { class: `number ${isBest ? "best" : ""}` }, price(value), isBest ? element("span", { class: "unseen" }, " best") : null);
}

function listing(event) {
  const rows = event.listed.map((one) => [`${one.bookmaker} ${one.source}`, `${one.home} – ${one.away}, ${one.competition || "no competition"} (${one.event_id})`]);
  return element("section", {}, element("h3", {}, `Listed by · joined by ${event.how}`), facts(rows));
}
