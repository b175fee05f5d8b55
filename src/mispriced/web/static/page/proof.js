// Why a surebet is believed: its legs and the answers they were read from, the join, the arithmetic.

import { ask } from "./api.js";
import { show } from "./dialog.js";
import { element } from "./dom.js";
import { clock, kickoff, market, markets, outcome, percent, price, share } from "./words.js";

export async function prove(id, name) {
  show(name, element("p", { class: "muted" }, "reading the proof"));
  try {
    show(name, ...parts(await ask(`explain/${encodeURIComponent(id)}`)));
  } catch (error) {
    show(name, element("p", {}, error.message));
  }
}

function parts(proof) {
  const { arithmetic } = proof;
  return [
    element("p", { class: "muted" }, `${proof.competition} · ${kickoff(proof.kickoff)} · ${markets(proof.markets)} ${proof.source} · opened ${clock(proof.opened_at)}`),
    proof.stands ? null : element("p", { class: "warn" }, `It does not stand any more: ${proof.reason}`),
    proof.flags.length ? element("p", { class: "warn" }, proof.flags.join("; ")) : null,
    facts([
      ["oldest price", `${proof.age_s} s`],
      ["legs seen", proof.skew_s ? `${proof.skew_s} s apart` : "together"],
      ["all legs hold", proof.together ? `${clock(proof.together.since)} to ${clock(proof.together.until)}` : "at no one instant"],
      ...(proof.score ? [["only while it stands", proof.score]] : []),
    ]),
    heading("Legs"),
    ...proof.legs.map(leg),
    heading("Certificate"),
    facts([
      ...Object.entries(arithmetic.reciprocals).map(([name, words]) => [outcome(name), words]),
      ["sum", arithmetic.sum],
      ["paid on every result", String(arithmetic.break_even)],
      ["book sum", arithmetic.book_sum.toFixed(6)],
      ["profit before rounding", percent(arithmetic.profit, 4)],
    ]),
    table("One unit of stake returns", ["result", "returns"],
      Object.entries(arithmetic.pays).map(([name, value]) => [name, value.toFixed(6)])),
    proof.alternatives.length ? table("The same match, other bets that stand and return less", ["outcomes", "bookmakers", "prices", "book sum"],
      proof.alternatives.map((one) => [one.outcomes.map(outcome).join(" "), one.bookmakers.join(", "), one.prices.map(price).join(" "), one.book_sum.toFixed(4)])) : null,
    heading("Joined"),
    table("The events that are taken for one match", ["bookmaker", "event", "kick-off", "id", "references"],
      proof.joined.map((one) => [`${one.bookmaker} ${one.source}`, `${one.home} – ${one.away}`, kickoff(one.kickoff), one.event_id, references(one.refs)])),
    ...evidence(proof.joined),
  ];
}

function leg(one) {
  const { origin } = one;
  return element("section", { class: "proof-leg" },
    element("h4", {}, `${outcome(one.outcome)} at ${price(one.price)} · ${one.bookmaker} · ${market(one.market)}`),
    facts([
      ["their event", `${one.their_event} (${one.event_id})`],
      ["part of the stake", share(one.share)],
      ["seen", `${clock(one.seen_at)}, ${one.age_s} s before this proof`],
      ["at this price since", one.since ? clock(one.since) : "not known"],
      ["request", origin?.request ?? "not kept"],
      ["answer's SHA-256", origin?.sha256 ?? "not kept"],
      ["read by step", origin ? `${origin.step}, ${origin.took_ms} ms` : "not kept"],
    ]));
}

function evidence(joined) {
  const found = new Map();
  for (const { evidence: one } of joined) {
    for (const pair of one?.evidence ?? []) found.set(pair.keys.join(" "), pair);
  }
  if (!found.size) return [];
  return [table("Evidence", ["events", "by", "home", "away", "reference"],
    [...found.values()].map((one) => [one.keys.join("  "), one.by, number(one.home), number(one.away), one.reference ?? ""]))];
}

const number = (value) => (typeof value === "number" ? value.toFixed(1) : "");
const references = (refs) => Object.entries(refs).map(([name, value]) => `${name} ${value}`).join(", ");
const heading = (words) => element("h3", {}, words);

export function facts(rows) {
  return element("dl", { class: "facts" },
    rows.map(([name, words]) => element("div", {}, element("dt", {}, name), element("dd", {}, words))));
}

export function table(caption, heads, rows) {
  return element("div", { class: "wide-table" }, element("table", { class: "plain" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, heads.map((one) => element("th", { scope: "col" }, one)))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map((one) => element("td", {}, one)))))));
}
