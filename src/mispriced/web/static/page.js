// The page: which view is shown, what the strip says of the data, and the keyboard.

import { Refused } from "./page/api.js";
import { Bookmakers } from "./page/bookmakers.js";
import { show } from "./page/dialog.js";
import { ages, element } from "./page/dom.js";
import { Event } from "./page/event.js";
import { Events } from "./page/events.js";
import { Health } from "./page/health.js";
import { help, listen } from "./page/keys.js";
import { Live } from "./page/live.js";
import { Matching } from "./page/matching.js";
import { Mispriced } from "./page/mispriced.js";
import { Past } from "./page/past.js";
import { Surebets } from "./page/surebets.js";
import { age, clock, plural } from "./page/words.js";

const VIEWS = {
  surebets: Surebets, mispriced: Mispriced, events: Events, bookmakers: Bookmakers,
  matching: Matching, health: Health, history: Past, event: Event,
};
const THEMES = ["system", "dark", "light"];
const SAID_MS = 5000; // a screen reader is told of changes so often at most

const main = document.querySelector("main");
const strip = document.getElementById("strip");
const words = document.getElementById("strip-words");
const time = document.getElementById("strip-time");
const said = document.getElementById("said");
const tabs = [...document.querySelectorAll("nav a")];

let view = null;
let name = "";
let timer = 0;
let told = { state: "", ids: null, at: 0 };

const live = new Live(() => update(), () => state());
const context = { live, go: (hash) => location.assign(`#${hash}`), filtered };

function route() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [wanted, id] = path.split("/");
  view?.close?.();
  view?.list?.close();
  clearTimeout(timer);
  name = wanted in VIEWS ? wanted : "surebets";
  view = new VIEWS[name](context, new URLSearchParams(query), id);
  main.replaceChildren(view.place);
  for (const tab of tabs) {
    const isHere = tab.hash.slice(1) === (name === "event" ? "events" : name);
    if (isHere) {
      tab.setAttribute("aria-current", "page");
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else tab.removeAttribute("aria-current");
  }
  update();
  read(view);
}

async function read(asked) {
  if (!asked.read) return;
  try {
    await asked.read();
    if (asked !== view) return;
    update();
    await asked.shown?.();
    main.removeAttribute("data-refused");
  } catch (error) {
    if (asked !== view) return;
    if (error instanceof Refused && error.status === 404) {
      main.replaceChildren(element("p", { class: "empty" }, error.message));
      return;
    }
    main.dataset.refused = "";
  }
  if (asked === view && asked.everyMs) timer = setTimeout(() => read(asked), asked.everyMs);
}

function update() {
  view.update();
  ages(live.now(), age);
  count();
  document.title = `${view.title} · mispriced`;
}

function filtered(asked) {
  const query = asked.filters.query();
  history.replaceState(null, "", `#${name}${query ? `?${query}` : ""}`);
  update();
}

function count() {
  const standing = [...live.model.opportunities.values()].filter((one) => !one.flags.length);
  tabs[0].querySelector(".count").textContent = live.model.ahead === null ? "" : String(standing.length);
  const now = performance.now();
  if (now - told.at < SAID_MS || live.model.ahead === null) return;
  const ids = new Set(standing.map((one) => one.id));
  const fresh = told.ids ? [...ids].filter((id) => !told.ids.has(id)).length : 0;
  if (fresh) said.textContent = `${plural(fresh, "new surebet")}, ${ids.size} stand`;
  told = { ...told, ids, at: now };
}

function state() {
  const found = live.state();
  const silence = age(live.silence());
  document.body.dataset.state = found;
  const status = {
    connecting: "Connecting",
    live: "Live",
    simulated: "SIMULATED · made-up odds of the simulator, nothing to stake on",
    stale: "STALE · the server does not reach its store; prices may be gone",
    silent: `NO NEWS for ${silence} · connecting again; prices may be gone`,
  }[found];
  const fallback = live.model.isFallback ? " · FALLBACK · scores are made up on request" : "";
  words.textContent = status + fallback + (live.isLost && found !== "silent" ? " · connecting again" : "");
  document.body.toggleAttribute("data-fallback", live.model.isFallback);
  time.textContent = live.model.ahead === null ? "" : clock(live.now());
  strip.title = found;
  if (found !== told.state && told.state && (found === "silent" || told.state === "silent" || found === "stale")) {
    said.textContent = words.textContent;
  }
  told.state = found;
  ages(live.now(), age);
  view?.list?.tick();
}

function theme(step) {
  const now = localStorage.getItem("mispriced.theme") ?? "system";
  const next = THEMES[(THEMES.indexOf(now) + step) % THEMES.length];
  localStorage.setItem("mispriced.theme", next);
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  document.getElementById("theme").textContent = next;
  view?.themed?.();
}

function search() {
  const input = view.filters?.inputs.get("text");
  input?.focus();
  input?.select();
}

function move(step) {
  if (view.list) view.list.move(step);
  else main.querySelector(".scroll")?.scrollBy(0, step * 60);
}

const go = (place) => () => tabs[place].click();
listen({
  1: go(0), 2: go(1), 3: go(2), 4: go(3), 5: go(4), 6: go(5), 7: go(6),
  j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
  Enter: () => view.list?.toggle(),
  w: () => view.why?.(),
  s: () => view.list?.next(),
  S: () => view.list?.by(view.list.sort.name),
  "/": search,
  x: () => view.suspect?.(),
  t: () => theme(1),
  "?": () => show("Keys", help()),
  leave: (field) => {
    field.blur();
    view.list?.move(0);
  },
});
document.getElementById("theme").addEventListener("click", () => theme(1));
document.getElementById("help").addEventListener("click", () => show("Keys", help()));
addEventListener("hashchange", route);
theme(0);
route();
