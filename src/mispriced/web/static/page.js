// The surebets that stand, by the live stream. Names are text, never markup.

const BEATS_S = 11; // two heartbeats of five seconds
const rows = new Map();
const table = document.getElementById("surebets");
const status = document.getElementById("status");
let timer = 0;

function alive(words) {
  status.textContent = words;
  delete document.body.dataset.stale;
  clearTimeout(timer);
  timer = setTimeout(() => {
    status.textContent = "no news";
    document.body.dataset.stale = "";
  }, BEATS_S * 1000);
}

function put(row) {
  if (row.kind === "surebet") rows.set(row.id, row);
}

function cell(text) {
  const found = document.createElement("td");
  found.textContent = text;
  return found;
}

function draw() {
  const sorted = [...rows.values()].sort(
    (a, b) => a.flags.length - b.flags.length || b.profit - a.profit || (a.id < b.id ? -1 : 1),
  );
  table.replaceChildren(
    ...sorted.map((row) => {
      const line = document.createElement("tr");
      line.dataset.id = row.id;
      const legs = row.legs.map((leg) => `${leg.outcome} ${leg.price} ${leg.bookmaker}`).join(", ");
      line.append(
        cell(`${row.home} - ${row.away}`),
        cell(`${row.markets.join(" ")} ${row.source}`),
        cell(legs),
        cell(`${(row.profit * 100).toFixed(2)} %`),
      );
      return line;
    }),
  );
}

function listen(source, kind, take) {
  source.addEventListener(kind, (event) => {
    take(JSON.parse(event.data));
    draw();
  });
}

const source = new EventSource("/api/v1/stream?kinds=opportunity.opened,opportunity.changed,opportunity.closed");
listen(source, "snapshot", (all) => {
  rows.clear();
  all.opportunities.forEach(put);
  alive(all.status);
});
listen(source, "opportunity.opened", (some) => some.forEach(put));
listen(source, "opportunity.changed", (some) => some.forEach(put));
listen(source, "opportunity.closed", (some) => some.forEach((one) => rows.delete(one.id)));
source.addEventListener("heartbeat", (event) => alive(JSON.parse(event.data).status));
