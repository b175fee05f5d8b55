// The worker that all tabs share: one connection, told to each of them.

import { Connection } from "./connection.js";
import { Model } from "./model.js";

const ports = new Set();
const model = new Model();

new Connection((kind, data) => {
  if (kind !== "lost" && kind !== "login") model.take(kind, data);
  for (const port of ports) port.postMessage({ kind, data });
});

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data === "gone") ports.delete(port);
  };
  if (model.ahead !== null) port.postMessage({ kind: "snapshot", data: model.snapshot() });
};
