// The bar above a list: what it is narrowed to. It is kept in the address, so a link shows the same.

import { element } from "./dom.js";

export class Filters {
  // `fields`: {name, title, options: [[value, title]]} or {name, title, type, unit, placeholder}.
  constructor(fields, changed, given) {
    this.values = Object.fromEntries(fields.map((one) => [one.name, given.get(one.name) ?? ""]));
    this.changed = changed;
    this.inputs = new Map();
    this.place = element("form", { class: "filters", role: "search", submit: (event) => event.preventDefault() });
    for (const one of fields) this.place.append(this.#field(one));
  }

  number(name) {
    const value = this.values[name];
    return value === "" || Number.isNaN(Number(value)) ? null : Number(value);
  }

  // Whether one of the texts has the words that are looked for.
  matches(texts) {
    const words = this.values.text.trim().toLowerCase();
    return !words || texts.some((one) => one.toLowerCase().includes(words));
  }

  // Offer what is there now; a value that is no more stays offered, so that nothing changes by itself.
  offer(name, options) {
    const input = this.inputs.get(name);
    const wanted = new Map(options);
    if (this.values[name] && !wanted.has(this.values[name])) wanted.set(this.values[name], this.values[name]);
    const told = [...input.options].slice(1).map((one) => one.value);
    if (told.join("\n") === [...wanted.keys()].join("\n")) return;
    while (input.options.length > 1) input.options[1].remove();
    for (const [value, title] of wanted) input.append(element("option", { value }, title));
    input.value = this.values[name];
  }

  query() {
    return new URLSearchParams(Object.entries(this.values).filter(([, value]) => value !== "")).toString();
  }

  #field({ name, title, options, type, unit, step }) {
    const take = ({ target }) => {
      this.values[name] = target.value;
      this.changed();
    };
    const input = options
      ? element("select", { name, change: take }, element("option", { value: "" }, `any ${title}`),
          options.map(([value, words]) => element("option", { value }, words)))
      : element("input", {
          name, type, step, min: type === "number" ? "0" : null, input: take, autocomplete: "off",
          placeholder: type === "search" ? "/ to search" : "",
        });
    if (options && this.values[name] && ![...input.options].some((one) => one.value === this.values[name])) {
      input.append(element("option", { value: this.values[name] }, this.values[name]));
    }
    input.value = this.values[name];
    this.inputs.set(name, input);
    const isNamed = !options && type !== "search";
    return element("label", { class: `field f-${name}` },
      element("span", { class: isNamed ? "" : "unseen" }, title), input, unit ? element("span", {}, unit) : null);
  }
}
