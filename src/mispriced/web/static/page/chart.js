// Charts by uPlot, which is fetched when the first one is drawn.

import { ask } from "./api.js";
import { element, put } from "./dom.js";
import { MARKETS, ORDER, clock, market, outcome } from "./words.js";

const HUES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
const HEIGHT_PX = 200;

let fetched = null;

// The recorded prices of one match, a chart an outcome; drawn anew when there are more, or in other colours.
export class PriceHistory {
  #drawn = [];
  #told = "";

  constructor(place, matchId) {
    this.place = place;
    this.matchId = matchId;
  }

  // Read the record; `now` in ms is how far the last prices are drawn.
  async read(now) {
    const { recorded, prices } = await ask("history/prices", { match_id: this.matchId });
    const told = JSON.stringify([recorded, prices.length, prices.at(-1), document.documentElement.dataset.theme]);
    if (told === this.#told) return;
    this.#told = told;
    this.close();
    put(this.place, element("h3", {}, "Price history"));
    if (!prices.length) {
      this.place.append(element("p", { class: "muted" }, recorded
        ? "No price of this match is in the record yet."
        : "Nothing is recorded. `mispriced record` keeps what passes, or record.enabled in the settings."));
      return;
    }
    const charts = element("div", { class: "charts" });
    this.place.append(charts);
    for (const [name, series] of outcomes(prices, now / 1000)) this.#drawn.push(await lines(charts, name, series));
  }

  close() {
    for (const one of this.#drawn) one.destroy();
    this.#drawn = [];
  }
}

// By outcome, a line a bookmaker: {title, points: [[seconds, price]]}; a closed outcome has no price.
function outcomes(prices, until) {
  const found = new Map(Object.keys(MARKETS).flatMap((name) => ORDER[name].map((one) => [`${market(name)}: ${outcome(one)}`, new Map()])));
  for (const one of prices) {
    const names = [...Object.keys(one.prices), ...one.suspended];
    for (const name of names) {
      const title = `${market(one.market)}: ${outcome(name)}`;
      const lines_ = found.get(title);
      const key = `${one.bookmaker}${one.source === "live" ? " live" : ""}`;
      if (!lines_.has(key)) lines_.set(key, []);
      lines_.get(key).push([Date.parse(one.seen_at) / 1000, one.prices[name] ?? null]);
    }
  }
  return [...found].filter(([, lines_]) => lines_.size).map(([title, lines_]) => [title, [...lines_].map(([name, points]) => (
    { title: name, points: [...points, [Math.max(until, points.at(-1)[0]), points.at(-1)[1]]] }))]);
}

// The form that uPlot is published in without comments is a script that leaves a global, and no module.
function library() {
  fetched ??= new Promise((loaded, failed) => {
    const src = new URL("../vendor/uPlot.iife.min.js", import.meta.url);
    document.head.append(element("script", { src, load: () => loaded(globalThis.uPlot), error: failed }));
  });
  return fetched;
}

async function lines(place, caption, series) {
  const UPlot = await library();
  const times = [...new Set(series.flatMap((one) => one.points.map(([at]) => at)))].sort((a, b) => a - b);
  const values = series.map((one) => held(times, one.points));
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--muted");
  const axis = { stroke: ink, grid: { stroke: style.getPropertyValue("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  const inside = element("figure", { class: "chart" }, element("figcaption", {}, caption));
  place.append(inside);
  return new UPlot({
    width: Math.max(260, inside.clientWidth), height: HEIGHT_PX,
    cursor: { y: false }, axes: [{ ...axis, space: 80, values: (_, all) => all.map((at) => clock(at * 1000)) }, { ...axis, values: (_, all) => all.map((one) => one.toFixed(2)) }],
    scales: { y: { range: (_, low, high) => [low - 0.05, high + 0.05] } },
    series: [{ label: "at", value: (_, at) => (at === null ? "–" : clock(at * 1000)) }, ...series.map((one, at) => ({
      label: one.title, stroke: style.getPropertyValue(HUES[at % HUES.length]), width: 1.5,
      value: (_, value) => (value === null ? "–" : value.toFixed(2)),
      paths: UPlot.paths.stepped({ align: 1 }), points: { show: false },
    }))],
  }, [times, ...values], inside);
}

// A price holds until the next one.
function held(times, points) {
  let at = -1;
  return times.map((moment) => {
    while (at + 1 < points.length && points[at + 1][0] <= moment) at += 1;
    return at < 0 ? null : points[at][1];
  });
}
