// What the record says of the past: opportunities an hour, how long they stood, the bookmakers' margins.

import { ask } from "./api.js";
import { element, put, shape } from "./dom.js";
import { age, count, market, percent, plural } from "./words.js";

const HOURS = 48; // that are drawn, half of them on a phone
const NARROW_PX = 600;
const WIDEST_PX = 900;
const HOUR_MS = 3_600_000;
const HEIGHT_PX = 120;

export class Past {
  title = "History";
  everyMs = 10_000;
  #told = "";

  constructor(context) {
    this.context = context;
    this.body = element("div", { class: "past-views" });
    this.place = element("div", { class: "view" }, element("div", { class: "scroll padded", tabindex: "0", role: "region", "aria-label": "History" }, this.body));
  }

  async read() {
    this.found = await ask("history");
  }

  update() {
    if (!this.found) return;
    const told = JSON.stringify(this.found);
    if (told === this.#told) return;
    this.#told = told;
    const { recorded, hours, survival, margins } = this.found;
    if (!recorded || !(hours.length || margins.length)) {
      put(this.body, element("p", { class: "empty" }, recorded
        ? "The record has no file yet; the first one is written some seconds after the first prices."
        : "Nothing is recorded. `mispriced record` keeps what passes, or record.enabled in the settings."));
      return;
    }
    put(this.body, opened(hours, this.context.live.now(), Math.min(this.body.clientWidth || WIDEST_PX, WIDEST_PX)), lived(survival), margin(margins));
  }
}

function opened(hours, now, width) {
  const shown = width < NARROW_PX ? HOURS / 2 : HOURS;
  const step = width / shown;
  const last = Math.floor(now / HOUR_MS);
  const byHour = new Map(hours.map((one) => [Math.floor(Date.parse(one.hour) / HOUR_MS), one]));
  const most = Math.max(1, ...hours.map((one) => one.opened));
  const bars = [];
  for (let at = 0; at < shown; at += 1) {
    const hour = last - shown + 1 + at;
    const one = byHour.get(hour);
    const x = at * step;
    if (one) {
      const height = Math.max(2, (one.opened / most) * HEIGHT_PX);
      const words = `${clockHour(hour)}: ${one.opened} opened, ${one.closed} closed${one.best_profit === null ? "" : `, best ${percent(one.best_profit)}`}`;
      bars.push(shape("rect", { x, y: HEIGHT_PX - height + 16, width: step - 3, height, class: "bar" }, shape("title", {}, words)));
    }
    if (new Date(hour * HOUR_MS).getHours() % 6 === 0) {
      bars.push(shape("text", { x: x + step / 2 - 1, y: HEIGHT_PX + 32, "text-anchor": "middle", class: "name" }, clockHour(hour)));
    }
  }
  const total = hours.reduce((sum, one) => sum + one.opened, 0);
  const words = `${plural(total, "opportunity", "opportunities")} opened in ${plural(hours.length, "recorded hour")}, ${count(most)} in the busiest`;
  return element("section", {},
    element("h2", {}, "Opportunities an hour"),
    element("p", { class: "muted" }, words),
    shape("svg", { viewBox: `0 0 ${width} ${HEIGHT_PX + 38}`, width, height: HEIGHT_PX + 38, role: "img", "aria-label": words, class: "picture hours" },
      shape("line", { x1: 0, x2: width, y1: HEIGHT_PX + 16.5, y2: HEIGHT_PX + 16.5, class: "base" }),
      shape("text", { x: 0, y: 11, class: "name" }, count(most)), bars));
}

function lived(survival) {
  const seconds = Object.keys(survival.find((one) => Object.keys(one.survived).length)?.survived ?? {});
  const heads = ["bookmakers", "opened", "closed", "median", "longest", "best", ...seconds.map((one) => `after ${age(one * 1000)}`)];
  return rows("How long surebets stood, by bookmakers", "Of those whose end is recorded. A person needs some 30 s for two bets.", heads, survival.map((one) => [
    one.bookmakers, count(one.opened), count(one.closed),
    one.median_s === null ? "–" : age(one.median_s * 1000), one.longest_s === null ? "–" : age(one.longest_s * 1000),
    percent(one.best_profit), ...seconds.map((name) => part(one.survived[name])),
  ]));
}

function margin(margins) {
  const widest = Math.max(0.01, ...margins.map((one) => one.mean));
  return rows("Margins", "What a bookmaker keeps of a unit staked on every outcome: mean and lowest of its recorded quotes.",
    ["bookmaker", "market", "source", "quotes", "mean", "lowest", ""], margins.map((one) => [
      one.bookmaker, market(one.market), one.source, count(one.quotes), percent(one.mean), percent(one.lowest),
      bar(one.mean / widest),
    ]));
}

function rows(title, words, heads, found) {
  const firstNumber = heads.indexOf(heads.includes("market") ? "quotes" : "opened");
  const kind = (at) => (at >= firstNumber ? "number" : "");
  return element("section", {}, element("h2", {}, title), element("p", { class: "muted" }, words),
    found.length ? element("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": title },
      element("table", { class: "plain" },
        element("caption", { class: "unseen" }, title),
        element("thead", {}, element("tr", {}, heads.map((one, at) => (one ? element("th", { scope: "col", class: kind(at) }, one) : element("td", {}))))),
        element("tbody", {}, found.map((row) => element("tr", {}, row.map((one, at) =>
          (at ? element("td", { class: kind(at) }, one) : element("th", { scope: "row" }, one))))))))
      : element("p", { class: "muted" }, "None is recorded yet."));
}

function part(value) {
  return value === undefined ? "–" : [`${Math.round(value * 100)} % `, bar(value)];
}

function bar(part_) {
  return shape("svg", { viewBox: "0 0 40 8", class: "part", "aria-hidden": "true" },
    shape("rect", { x: 0, y: 0, width: 40, height: 8, class: "ground" }),
    shape("rect", { x: 0, y: 0, width: Math.max(0, Math.min(1, part_)) * 40, height: 8, class: "bar" }));
}

const clockHour = (hour) => `${String(new Date(hour * HOUR_MS).getHours()).padStart(2, "0")}:00`;
