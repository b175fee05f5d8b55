// A table of many rows: sorted, walked by keyboard, and only what is in view is in the document.
//
// A column: {name, title, cells(row) -> text, node or nodes, sort(row), isDescending, kind}. `signature`
// tells whether a row has to be written anew, `touch` writes what changes without it.

import { element, put } from "./dom.js";

const AHEAD_PX = 600; // rows above and below what is in view
const LINE_PX = 21;
const PAD_PX = 11;

export class List {
  rows = [];
  selected = null;
  #drawn = new Map(); // key -> {line, detail, signature}
  #heights = new Map(); // key -> px, as they were measured
  #opened = new Map(); // key -> the row's detail
  #all = [];
  #frame = 0;

  constructor({ name, caption, columns, sort, key, lines, signature, touch, mark, detail, open, empty }) {
    Object.assign(this, { columns, key, lines, touch, mark, detail, open });
    this.signature = signature ?? JSON.stringify;
    this.sort = { ...sort };
    this.above = element("tbody", { role: "presentation", "aria-hidden": "true" });
    this.body = element("tbody", { role: "rowgroup" });
    this.below = element("tbody", { role: "presentation", "aria-hidden": "true" });
    this.heads = columns.map((column) => this.#head(column));
    this.table = element(
      "table", { role: "table", class: `list ${name}` },
      element("caption", { class: "unseen" }, caption),
      element("colgroup", {}, columns.map((one) => element("col", { class: `c-${one.name}` }))),
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, this.heads)),
      this.above, this.body, this.below,
    );
    this.empty = element("div", { class: "empty" });
    this.emptyWords = empty;
    this.place = element("div", { class: "scroll", scroll: () => this.#later() }, this.table, this.empty);
    this.watched = new ResizeObserver(() => this.#later());
    this.watched.observe(this.place);
    this.body.addEventListener("focusin", ({ target }) => {
      const line = target.closest("tr[data-key]");
      if (line) this.selected = line.dataset.key;
    });
    this.body.addEventListener("click", (event) => this.#click(event));
  }

  show(rows) {
    this.#all = rows;
    this.#sorted();
    this.draw();
  }

  // Sort by the column, or the other way round when it is already.
  by(name) {
    const column = this.columns.find((one) => one.name === name);
    const isSame = this.sort.name === name;
    this.sort = { name, isDescending: isSame ? !this.sort.isDescending : Boolean(column.isDescending) };
    this.place.scrollTop = 0;
    this.#sorted();
    this.draw();
  }

  // Sort by the next column that can be.
  next() {
    const names = this.columns.filter((one) => one.sort).map((one) => one.name);
    this.by(names[(names.indexOf(this.sort.name) + 1) % names.length]);
  }

  move(step) {
    if (!this.rows.length) return;
    const at = this.rows.findIndex((row) => this.key(row) === this.selected);
    const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), this.rows.length - 1);
    this.selected = this.key(this.rows[to]);
    this.#reveal(to);
    this.#drawn.get(this.selected)?.line.focus({ preventScroll: true });
  }

  toggle(key = this.selected) {
    const row = this.rows.find((one) => this.key(one) === key);
    if (!row) return;
    if (this.open) this.open(row);
    if (!this.detail) return;
    if (this.#opened.has(key)) this.#opened.delete(key);
    else this.#opened.set(key, this.detail(row));
    this.#heights.delete(key);
    this.draw();
  }

  // Time went on: what hangs on it is written anew in the rows in view.
  tick() {
    for (const row of this.rows) {
      const drawn = this.#drawn.get(this.key(row));
      if (drawn) this.#touch(drawn.line, row);
    }
  }

  close() {
    this.watched.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  draw() {
    const tops = [0];
    for (const row of this.rows) tops.push(tops.at(-1) + this.#height(row));
    const from = this.place.scrollTop - AHEAD_PX;
    const to = this.place.scrollTop + this.place.clientHeight + AHEAD_PX;
    const first = Math.max(0, tops.findIndex((top) => top > from) - 1);
    const end = tops.findIndex((top) => top >= to);
    const last = end < 0 ? this.rows.length : Math.min(end, this.rows.length);
    this.#put(first, last);
    space(this.above, tops[first], this.columns.length);
    space(this.below, tops[this.rows.length] - tops[last], this.columns.length);
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.empty.hidden = this.rows.length > 0;
    if (!this.rows.length) put(this.empty, this.emptyWords());
    this.#measure(first, last);
  }

  #put(first, last) {
    const focused = document.activeElement;
    const wanted = new Set();
    let place = this.body.firstChild;
    for (let at = first; at < last; at += 1) {
      const row = this.rows[at];
      const key = this.key(row);
      wanted.add(key);
      const drawn = this.#write(key, row, at);
      for (const one of [drawn.line, drawn.detail]) {
        if (!one) continue;
        if (place === one) place = place.nextSibling;
        else this.body.insertBefore(one, place);
      }
    }
    for (const [key, { line, detail }] of this.#drawn) {
      if (wanted.has(key)) continue;
      line.remove();
      detail?.remove();
      this.#drawn.delete(key);
    }
    if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  }

  #write(key, row, at) {
    const signature = this.signature(row);
    let drawn = this.#drawn.get(key);
    if (!drawn) {
      drawn = { line: element("tr", { role: "row", tabindex: "0", "data-key": key }), detail: null, signature: null };
      this.#drawn.set(key, drawn);
    }
    if (drawn.signature !== signature) {
      drawn.signature = signature;
      const within = drawn.line.contains(document.activeElement) && document.activeElement.dataset.focus;
      put(drawn.line, this.columns.map((column) => cell(column, row)));
      if (within) drawn.line.querySelector(`[data-focus="${CSS.escape(within)}"]`)?.focus({ preventScroll: true });
    }
    this.#touch(drawn.line, row);
    drawn.line.setAttribute("aria-rowindex", String(at + 2));
    const opened = this.#opened.get(key);
    drawn.line.querySelector("[data-toggle]")?.setAttribute("aria-expanded", String(Boolean(opened)));
    if (opened && !drawn.detail) {
      const inside = element("td", { role: "cell", colspan: String(this.columns.length) }, opened.place);
      drawn.detail = element("tr", { role: "row", class: "detail" }, inside);
    } else if (!opened && drawn.detail) {
      drawn.detail.remove();
      drawn.detail = null;
    }
    opened?.update(row);
    return drawn;
  }

  #touch(line, row) {
    this.touch?.(line, row);
    line.className = this.mark?.(row) ?? "";
  }

  #measure(first, last) {
    let isOther = false;
    for (let at = first; at < last; at += 1) {
      const key = this.key(this.rows[at]);
      const { line, detail } = this.#drawn.get(key);
      const height = line.offsetHeight + (detail?.offsetHeight ?? 0);
      if (height && height !== this.#height(this.rows[at])) {
        this.#heights.set(key, height);
        isOther = true;
      }
    }
    if (isOther) this.#later();
  }

  #height(row) {
    return this.#heights.get(this.key(row)) ?? this.lines(row) * LINE_PX + PAD_PX;
  }

  #reveal(at) {
    let top = 0;
    for (const row of this.rows.slice(0, at)) top += this.#height(row);
    const head = this.heads[0].offsetHeight;
    const bottom = top + this.#height(this.rows[at]);
    if (top < this.place.scrollTop) this.place.scrollTop = top;
    else if (bottom + head > this.place.scrollTop + this.place.clientHeight) {
      this.place.scrollTop = bottom + head - this.place.clientHeight;
    }
    this.draw();
  }

  #later() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  #sorted() {
    const column = this.columns.find((one) => one.name === this.sort.name);
    const sign = this.sort.isDescending ? -1 : 1;
    const keyed = this.#all.map((row) => [column.sort(row), this.key(row), row]);
    keyed.sort(([a, one], [b, other]) => sign * compare(a, b) || compare(one, other));
    this.rows = keyed.map(([, , row]) => row);
    for (const [at, head] of this.heads.entries()) {
      const isBy = this.columns[at].name === this.sort.name;
      const order = this.sort.isDescending ? "descending" : "ascending";
      if (isBy) head.setAttribute("aria-sort", order);
      else head.removeAttribute("aria-sort");
    }
  }

  #head(column) {
    const title = column.sort
      ? element("button", { type: "button", click: () => this.by(column.name) }, column.title)
      : column.title;
    const attributes = { role: "columnheader", scope: "col", class: kind(column) };
    return element("th", attributes, title, column.heads ?? null);
  }

  #click(event) {
    const isToggle = event.target.closest("[data-toggle]");
    if (!isToggle && event.target.closest("a, button, input, select, label, tr.detail")) return;
    const line = event.target.closest("tr[data-key]");
    if (!line || (!isToggle && getSelection().toString())) return;
    if (!isToggle) line.focus({ preventScroll: true });
    this.toggle(line.dataset.key);
  }
}

function cell(column, row) {
  return element("td", { role: "cell", class: kind(column), "data-name": column.title }, column.cells(row));
}

function kind(column) {
  return [`k-${column.name}`, column.kind].filter(Boolean).join(" ");
}

function space(body, height, columns) {
  if (body.dataset.height === String(height)) return;
  body.dataset.height = String(height);
  if (!height) {
    body.replaceChildren();
    return;
  }
  const inside = element("td", { colspan: String(columns) });
  inside.style.height = `${height}px`;
  body.replaceChildren(element("tr", { class: "space" }, inside));
}

function compare(a, b) {
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, "en");
  return a < b ? -1 : a > b ? 1 : 0;
}
