// What the stream told so far. The same in the worker, which tells it to new tabs, and in each tab.

export const KINDS = [
  "snapshot", "heartbeat", "event-status",
  "opportunity.opened", "opportunity.changed", "opportunity.seen", "opportunity.closed",
];

const FLOOR_S = 5; // under it one late answer would make every price stale

export class Model {
  constructor() {
    this.opportunities = new Map();
    this.states = new Map();
    this.limits = { live_s: 15, upcoming_s: 600, by_bookmaker: {}, cadences: 0, learned: {} };
    this.ahead = null; // of the server's clock to ours, ms; a snapshot's moment is a reading's, a little older
    this.status = "connecting";
    this.isFallback = false;
    this.version = 0; // of the events
  }

  // Take an event; return whether rows changed by it.
  take(kind, data) {
    if (kind === "snapshot") this.#replace(data);
    else if (kind === "heartbeat") this.#beat(data, true);
    else if (kind === "event-status") for (const one of data) this.#stand(one);
    else if (kind === "opportunity.closed") for (const one of data) this.opportunities.delete(one.id);
    else if (kind === "opportunity.seen") for (const one of data) this.#seen(one);
    else for (const one of data) this.#put(one);
    return kind !== "heartbeat";
  }

  // The event that tells all of it.
  snapshot() {
    return {
      at: new Date(Date.now() + this.ahead).toISOString(), status: this.status, fallback: this.isFallback, version: this.version, limits: this.limits,
      opportunities: [...this.opportunities.values()], states: [...this.states.values()],
    };
  }

  // How long a price counts, ms: as the server reckons it, `FreshnessLimits.of`.
  limit(bookmaker, source, market) {
    const { live_s, upcoming_s, by_bookmaker, cadences, learned } = this.limits;
    const limit = by_bookmaker[`${bookmaker}/${source}`] ?? (source === "live" ? live_s : upcoming_s);
    const usual = cadences ? learned[`${bookmaker}/${source}/${market}`] : undefined;
    return (usual === undefined ? limit : Math.min(limit, Math.max(cadences * usual, FLOOR_S))) * 1000;
  }

  #replace(data) {
    const before = this.opportunities;
    this.opportunities = new Map();
    for (const one of data.opportunities) this.#put(one, before.get(one.id));
    this.states = new Map(data.states.map((one) => [one.match_id, one]));
    this.limits = data.limits;
    this.#beat(data, this.ahead === null);
  }

  #beat({ at, status, fallback, version }, isNow) {
    if (isNow) this.ahead = Date.parse(at) - Date.now();
    this.status = status;
    this.isFallback = fallback;
    this.version = version;
  }

  #put(row, before = this.opportunities.get(row.id)) {
    if (row.kind !== "surebet") return;
    if (before) row.moves = moves(before, row);
    this.opportunities.set(row.id, row);
  }

  #stand(one) {
    if (one.status === null) this.states.delete(one.match_id);
    else this.states.set(one.match_id, one);
  }

  #seen({ id, seen_at }) {
    const row = this.opportunities.get(id);
    if (!row || row.legs.length !== seen_at.length) return;
    const legs = row.legs.map((leg, at) => ({ ...leg, seen_at: seen_at[at] }));
    this.opportunities.set(id, { ...row, legs });
  }
}

// Which way each leg's price went when it last changed, by outcome and bookmaker.
function moves(before, row) {
  const found = {};
  for (const leg of row.legs) {
    const name = `${leg.market}/${leg.outcome}/${leg.bookmaker}`;
    const old = before.legs.find((one) => `${one.market}/${one.outcome}/${one.bookmaker}` === name);
    const move = old && old.price !== leg.price ? Math.sign(leg.price - old.price) : before.moves?.[name];
    if (move) found[name] = move;
  }
  return found;
}
