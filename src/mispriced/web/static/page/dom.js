// Elements. Text is only ever set as text, so a name with markup stays a name.

const SVG = "http://www.w3.org/2000/svg";

export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

export function put(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((one) => one !== null && one !== undefined));
}

// A moment whose age is shown: `ages` writes it anew each second.
export function aged(moment, words = "") {
  const found = element("time", { datetime: moment, "data-words": words });
  return found;
}

export function ages(now, age) {
  for (const one of document.querySelectorAll("time[data-words]")) {
    const text = age(now - Date.parse(one.dateTime)) + one.dataset.words;
    if (one.textContent !== text) one.textContent = text;
  }
}

function filled(found, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") found.addEventListener(name, value);
    else if (value === true) found.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) found.setAttribute(name, value);
  }
  found.append(...children.flat().filter((one) => one !== null && one !== undefined));
  return found;
}
