import { createServer } from "node:net";
import { endpointOf } from "../../host/index.js";

/** A listening socket for children to inherit. Closed here in the same turn in which they are started, nothing is accepted here. */
export interface FrontSocket {
  readonly fd: number;
  close(): void;
}

/** undefined where sockets cannot be inherited by number (Windows), or when the address is taken: the port check says by whom. */
export function openFront(url: string): Promise<FrontSocket | undefined> {
  const at = endpointOf(url);
  if (at.kind !== "tcp" || process.platform === "win32") return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ host: at.host, port: at.port, exclusive: true }, () => {
      const handle = (server as unknown as { _handle?: { fd?: number } })._handle;
      if (handle?.fd === undefined || handle.fd < 0) {
        server.close(() => resolve(undefined));
        return;
      }
      resolve({ fd: handle.fd, close: () => void server.close() });
    });
  });
}
