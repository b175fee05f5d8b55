// A part of the page that does not come, as when the network changes meanwhile: the whole is loaded again,
// as soon as the server answers. Without, the page would stay empty.
const WAIT_MS = 2000; // a part that never comes is asked for no oftener

const again = () => setTimeout(() => fetch(location.href).then(() => location.reload(), again), WAIT_MS);

addEventListener("error", ({ target }) => {
  if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) again();
}, true);
