import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { CONTROL_BODY_BYTES_MAX } from "./limits.js";

/** One row a request: method and path to what answers it. A thrown error is a refusal with its text. */
export type ControlRoutes = Readonly<Record<string, (body: unknown) => Promise<unknown> | unknown>>;

export interface ControlServer {
  close(): Promise<void>;
}

/** Listens on a Unix socket (a named pipe on Windows). A socket file that a dead process left behind is replaced. */
export async function serveControl(socket: string, routes: ControlRoutes): Promise<ControlServer> {
  if (!socket.startsWith("\\\\")) rmSync(socket, { force: true });
  const server = createServer((request, response) => void answer(routes, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => resolve());
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(routes: ControlRoutes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const run = routes[`${request.method} ${request.url}`];
  if (!run) return end(response, 404, `no ${request.method} ${request.url}\n`);
  try {
    end(response, 200, JSON.stringify((await run(await bodyOf(request))) ?? {}));
  } catch (error) {
    end(response, 400, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": status === 200 ? "application/json" : "text/plain", connection: "close" });
  response.end(text);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > CONTROL_BODY_BYTES_MAX) throw new Error(`a body of more than ${CONTROL_BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as unknown);
}
