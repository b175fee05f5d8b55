// Questions to `/api/v1`. The browser keeps answers by their ETag; an unchanged one costs no body.

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ""));
  const answer = await fetch(`/api/v1/${path}${query.size ? `?${query}` : ""}`);
  return read(answer);
}

export async function askAll(path, parameters = {}) {
  const found = [];
  let cursor = "";
  do {
    const part = await ask(path, { ...parameters, limit: 1000, cursor });
    found.push(...part.items);
    cursor = part.next ?? "";
  } while (cursor);
  return found;
}

// A change; the page's own value goes along, which no other page can read.
export async function change(path, body) {
  const { csrf } = await ask("session");
  const answer = await fetch(`/api/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
  return read(answer);
}

async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body.detail ?? `answer ${answer.status}`);
  return body;
}
