// One dialog over the page: the proof of a number, or help.

import { element, put } from "./dom.js";

const title = element("h2", { id: "dialog-title" });
const body = element("div", { class: "dialog-body", tabindex: "0" });
const shut = element("button", { type: "button", class: "quiet", "aria-label": "Close", click: () => place.close() }, "✕");
const place = element("dialog", { "aria-labelledby": "dialog-title", click: ({ target }) => target === place && place.close() },
  element("header", {}, title, shut), body);
document.body.append(place);

export function show(words, ...children) {
  title.textContent = words;
  put(body, ...children);
  if (!place.open) place.showModal();
  body.scrollTop = 0;
}
