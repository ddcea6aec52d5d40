import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type Bytes, concatBytes } from "../../base/index.js";
import { type HttpsOptions, headersOf, placeOf, tlsOf } from "./https-options.js";
import { ANSWER_BYTES_MAX, ANSWER_MS_MAX, SOCKETS_MAX } from "./limits.js";
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from "./transport.js";

/** HTTP/1.1 over sockets that are kept; watches have sockets of their own. */
export function http1Transport(options: HttpsOptions): Transport {
  const base = new URL(options.server);
  const secure = base.protocol === "https:";
  const tls = tlsOf(options);
  const agentOf = (more: { keepAlive: boolean; maxSockets?: number }): HttpAgent =>
    secure ? new HttpsAgent({ ...more, ...tls }) : new HttpAgent(more);
  const agents = { calls: agentOf({ keepAlive: true, maxSockets: SOCKETS_MAX }), streams: agentOf({ keepAlive: false }) };
  const send = secure ? httpsRequest : httpRequest;
  const prefix = base.pathname.replace(/\/$/, "");
  return {
    close: () => {
      agents.calls.destroy();
      agents.streams.destroy();
    },
    request: async (request) => {
      const headers = headersOf(request, options);
      const message = await new Promise<IncomingMessage>((resolve, reject) => {
        const out = send(
          {
            ...placeOf(base),
            method: request.method,
            path: `${prefix}${request.path}`,
            headers,
            agent: request.stream ? agents.streams : agents.calls,
            ...(request.signal === undefined ? {} : { signal: request.signal }),
          },
          resolve,
        );
        // A server that is stopped, not dead, answers nothing for ever.
        out.setTimeout(ANSWER_MS_MAX, () => {
          if (!request.stream) out.destroy(new TransportError("ETIMEDOUT", `no answer in ${ANSWER_MS_MAX / 1000} s`));
        });
        out.on("error", (error) => reject(transportError(error)));
        out.end(request.body);
      });
      return answer(message, request);
    },
  };
}

function transportError(error: Error): Error {
  if (error instanceof TransportError) return error;
  return new TransportError((error as NodeJS.ErrnoException).code ?? error.name, error.message, { cause: error });
}

function answer(message: IncomingMessage, request: TransportRequest): TransportResponse {
  const chunks = async function* (): AsyncGenerator<Bytes, void, undefined> {
    try {
      for await (const chunk of message) yield chunk as Buffer;
    } catch (error) {
      throw transportError(error as Error);
    } finally {
      if (request.stream) message.destroy();
    }
  };
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return typeof value === "object" ? value.join(", ") : value;
    },
    chunks,
    bytes: async () => {
      const all: Bytes[] = [];
      let size = 0;
      for await (const chunk of chunks()) {
        size += chunk.length;
        if (size > ANSWER_BYTES_MAX) throw new TransportError("TOOLARGE", `an answer of more than ${ANSWER_BYTES_MAX} bytes`);
        all.push(chunk);
      }
      return concatBytes(all);
    },
  };
}
