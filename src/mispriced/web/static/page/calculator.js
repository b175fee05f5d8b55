// Stakes for one surebet, reckoned by the server: total, a leg that is placed, rounding, commission, tax.

import { ask } from "./api.js";
import { element, put } from "./dom.js";
import { outcome, price } from "./words.js";

const WAIT_MS = 150; // while a number is typed
const KEPT = "mispriced.stakes"; // what is meant for one surebet is meant for the next

export class Calculator {
  #timer = 0;
  #asked = 0;
  #told = "";

  constructor(row) {
    this.row = row;
    this.values = { total: "100", rounding: "", commission: "", tax: "", ...kept(), fixed: "", stake: "" };
    this.result = element("div", { class: "stakes", "aria-live": "polite" });
    this.legs = element("select", { name: "fixed", change: (event) => this.#take(event) }, element("option", { value: "" }, "no leg"),
      row.legs.map((leg) => element("option", { value: leg.outcome }, outcome(leg.outcome))));
    this.place = element("form", { class: "calculator", submit: (event) => event.preventDefault() },
      element("div", { class: "inputs" },
        this.#number("total", "Total stake"),
        this.#number("rounding", "Rounded to"),
        this.#number("commission", "Commission %"),
        element("label", { class: "field" }, element("span", {}, "Tax"),
          select("tax", [["", "as set"], ["none", "none"], ["kenya", "Kenya"]], this.values.tax, (event) => this.#take(event))),
        element("label", { class: "field" }, element("span", {}, "Placed on"), this.legs),
        this.#number("stake", "with")),
      this.result);
    this.#reckon();
  }

  // A price that changed makes other stakes.
  update(row) {
    const prices = JSON.stringify(row.legs.map((leg) => [leg.outcome, leg.bookmaker, leg.price]));
    const isOther = this.#told && this.#told !== prices;
    this.row = row;
    this.#told = prices;
    if (isOther) this.#reckon();
  }

  #number(name, title) {
    return element("label", { class: "field" }, element("span", {}, title),
      element("input", { name, type: "text", inputmode: "decimal", size: "8", autocomplete: "off", placeholder: name === "stake" ? "" : "as set", value: this.values[name], input: (event) => this.#take(event) }));
  }

  #take({ target }) {
    this.values[target.name] = target.value;
    const { total, rounding, commission, tax } = this.values;
    localStorage.setItem(KEPT, JSON.stringify({ total, rounding, commission, tax }));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reckon(), WAIT_MS);
  }

  async #reckon() {
    const asked = ++this.#asked;
    const { total, rounding, commission, tax, fixed, stake } = this.values;
    const parameters = {
      total, increment: rounding, commission, tax, fixed: fixed && stake ? `${fixed}=${stake}` : "",
    };
    let shown;
    try {
      shown = stakes(await ask(`stakes/${encodeURIComponent(this.row.id)}`, parameters));
    } catch (error) {
      shown = [element("p", { class: "warn" }, error.message)];
    }
    if (asked === this.#asked) put(this.result, ...shown);
  }
}

function stakes(found) {
  const heads = ["outcome", "bookmaker", "price", "stake", "costs", "pays"];
  return [
    element("table", { class: "plain" },
      element("caption", { class: "unseen" }, "Stakes"),
      element("thead", {}, element("tr", {}, heads.map((one, at) => element("th", { scope: "col", class: at > 1 ? "number" : "" }, one)))),
      element("tbody", {}, found.bets.map((leg) => element("tr", {},
        element("th", { scope: "row" }, outcome(leg.outcome)),
        element("td", {}, leg.bookmaker),
        ...[price(leg.price), leg.stake, leg.cost, leg.payout].map((one, at) =>
          element("td", { class: `number${at === 1 ? " stake" : ""}` }, one)))))),
    element("p", { class: found.is_surebet ? "good" : "warn" }, `${found.guaranteed} of ${found.cost} at worst: ${found.verdict}`),
    element("p", { class: "muted tax" }, [...new Set(found.bets.map((one) => one.tax))].join("; ")),
  ];
}

function select(name, options, value, take) {
  const found = element("select", { name, change: take }, options.map(([one, words]) => element("option", { value: one }, words)));
  found.value = value;
  return found;
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}
