import { textResponse } from "../../../src/apiserver/chain/index.js";
import { listen } from "../../../src/apiserver/listener/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";

/** A process that listens on a port of its own and on a socket that it inherited as 3, until its input ends: then it has nothing more to do. */
const [key, cert, ca] = JSON.parse(process.env["LISTEN_TLS"] ?? "[]") as [string, string, string];
const listeners = await listen(
  {
    tls: { key, cert, ca },
    clock: createNodeClock(),
    handle: async (request) => {
      if (request.url === "/never") await new Promise(() => {});
      if (request.url !== "/stream") return textResponse(200, "here");
      return {
        kind: "stream",
        code: 200,
        headers: new Map(),
        start: (sink) => {
          sink.write(Buffer.from("begun"));
          return { drained: () => {}, closed: () => {} };
        },
      };
    },
  },
  [{ host: "127.0.0.1", port: 0 }, { fd: 3 }],
);
process.stdout.write(`${JSON.stringify(listeners.map((l) => l.port))}\n`);
process.stdin.resume();
process.stdin.on("end", async () => {
  await Promise.all(listeners.map((l) => l.close()));
  process.stdout.write("closed\n");
});
