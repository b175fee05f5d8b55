// Before the first paint, so that a page that is kept light does not flash dark.
const kept = localStorage.getItem("mispriced.theme");
if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
