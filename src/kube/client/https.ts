import { http1Transport } from "./http1.js";
import { Http2Connections } from "./http2.js";
import type { HttpsOptions } from "./https-options.js";
import type { Transport } from "./transport.js";

export type { HttpsOptions } from "./https-options.js";

/** To an apiserver over sockets: by HTTP/2 where the server speaks it, as every apiserver does; else by HTTP/1.1. */
export function httpsTransport(options: HttpsOptions): Transport {
  const http1 = http1Transport(options);
  if (new URL(options.server).protocol !== "https:") return http1;
  const http2 = new Http2Connections(options);
  return {
    close: () => {
      http1.close();
      http2.close();
    },
    request: async (request) => (await http2.request(request)) ?? http1.request(request),
  };
}
