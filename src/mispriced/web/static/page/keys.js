// The keyboard: every key, what it does, and the help that lists them.

import { element } from "./dom.js";

export const HELP = [
  ["1 … 7", "the view of that place"],
  ["j / k, ↓ / ↑", "next / previous row"],
  ["Enter", "open the row: calculator, event, evidence"],
  ["w", "why: the proof behind the row"],
  ["s / S", "sort by the next column / the other way round"],
  ["/", "search"],
  ["x", "show or hide suspicious rows"],
  ["t", "dark, light, as the system"],
  ["Esc", "leave a field, close what is open"],
  ["?", "this help"],
];

export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const isTyping = event.target.closest("input, select, textarea");
    if (isTyping) {
      if (event.key === "Escape") actions.leave(event.target);
      return;
    }
    const isControl = event.target.closest("a, button");
    const act = actions[event.key];
    if (!act || (isControl && event.key === "Enter")) return;
    event.preventDefault();
    act();
  });
}

export function help() {
  const rows = HELP.map(([keys, words]) =>
    element("tr", {}, element("th", { scope: "row" }, element("kbd", {}, keys)), element("td", {}, words)));
  return element("table", { class: "plain" }, element("caption", { class: "unseen" }, "Keys"), element("tbody", {}, rows));
}
