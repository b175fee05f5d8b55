"""What a page shows: scripts that find it, nothing until it is there, and what of it is compared."""

ROWS = """() => {
  const found = [...document.querySelectorAll("tr[data-key]")].map((row) => ({
    profit: parseFloat(row.querySelector(".k-profit").innerText),
    life: row.querySelector(".k-life").innerText,
    legs: [...row.querySelectorAll(".leg")].map((leg) => Object.fromEntries(
      ["price", "bookmaker", "seen", "changed"].map((name) =>
        [name, leg.querySelector(`.l-${name}`).innerText]))),
  }));
  return found.length && found;
}"""
MATCHES = """(words) => {
  const found = [...document.querySelectorAll("tr[data-key]")].map((row) => row.innerText.toLowerCase());
  return found.length && found.every((one) => one.includes(words.toLowerCase()));
}"""
GRIDS = """() => [...document.querySelectorAll(".grid table")].map((table) => {
  const heads = [...table.querySelectorAll("thead th")].map((one) => one.innerText);
  const fresh = {}, best = {};
  for (const row of table.querySelectorAll("tbody tr.fresh")) {
    [...row.children].forEach((cell, at) => {
      const price = parseFloat(cell.innerText);
      if (at === 0 || at > heads.length - 4 || Number.isNaN(price)) return;
      (fresh[heads[at]] ??= []).push(price);
      if (cell.classList.contains("best")) best[heads[at]] = price;
    });
  }
  return { market: table.caption.firstChild.textContent, fresh, best };
})"""
BETS = """(worst) => document.querySelector(".stakes")?.innerText.includes(worst)
  && [...document.querySelectorAll(".stakes tbody tr")].map(
    (row) => [...row.cells].map((cell) => cell.innerText))"""

MARKET_OF = {
    **dict.fromkeys(("1", "X", "2"), "three_way"),
    **dict.fromkeys(("Yes", "No"), "btts"),
    **dict.fromkeys(("1X", "12", "X2"), "double_chance"),
}


def every(part):
    return f"[...document.querySelectorAll('tr[data-key] {part}')]"


def worst(answer):
    return f"{answer['guaranteed']} of {answer['cost']} at worst: {answer['verdict']}"


def bet(one):
    return [one["outcome"].casefold(), one["bookmaker"], one["stake"], one["cost"], one["payout"]]
