// Numbers, moments and the field's words as a person reads them. Moments are milliseconds.

export const MARKETS = { three_way: "1X2", btts: "Both score", double_chance: "Double chance" };
export const OUTCOMES = { yes: "Yes", no: "No" };
export const ORDER = {
  three_way: ["1", "X", "2"],
  btts: ["yes", "no"],
  double_chance: ["1X", "12", "X2"],
};
const STATES = {
  in_play: "in play", first_half: "1st half", half_time: "half time", second_half: "2nd half",
  overtime: "overtime", penalties: "penalties", ended: "ended", not_started: "",
};

export const market = (name) => MARKETS[name] ?? name;
export const markets = (names) => names.map(market).join(" + ");
export const outcome = (name) => OUTCOMES[name] ?? name;
export const price = (value) => value.toFixed(value >= 100 ? 0 : 2);
export const percent = (value, digits = 2) => `${value >= 0 ? "+" : "−"}${(Math.abs(value) * 100).toFixed(digits)} %`;
export const share = (value) => `${(value * 100).toFixed(1)} %`;
export const count = (value) => value.toLocaleString("en");

export function age(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function until(ms) {
  return ms >= 0 ? `in ${age(ms)}` : `${age(-ms)} ago`;
}

export function kickoff(moment) {
  const at = new Date(moment);
  const day = at.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
  return `${day} ${at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}

export function clock(moment) {
  return new Date(moment).toLocaleTimeString("en-GB");
}

export function score(state) {
  if (!state || state.status === "not_started") return "";
  const [home, away] = state.score;
  const minute = state.minute === null ? "" : ` ${state.minute}′`;
  return `${home}–${away}${minute} ${STATES[state.status] ?? state.status}`.trim();
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
