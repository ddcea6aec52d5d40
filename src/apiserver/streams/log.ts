import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Bytes, concatBytes, utf8, utf8Text } from "../../base/index.js";
import { badRequest, internalError } from "../../kube/meta/index.js";
import { binaryMessage, CLOSE, closeFrame, textMessage, WEBSOCKET_GUID } from "../../wire/websocket/index.js";
import { type ApiRequest, type ApiResponse, streamed, textResponse } from "../chain/index.js";
import type { Exchange } from "../verbs/index.js";
import { dialText, hostPort, refusedBy, unnamed } from "./errors.js";
import { REFUSAL_BYTES_MAX } from "./limits.js";
import { containerOf, nodePlace, podOf } from "./location.js";
import { logQuery } from "./options.js";
import type { StreamParts } from "./parts.js";

/** GET pods/x/log: what the node's endpoint has of it, as text, or in messages of a WebSocket. */
export async function logAction(x: Exchange, { reader, outgoings }: StreamParts): Promise<ApiResponse> {
  const { name, namespace } = x.info;
  const { container: wanted, query } = logQuery(x.info.query, name);
  const pod = await podOf(reader, namespace, name);
  const container = containerOf(pod, wanted);
  // Nothing can have been said before there is a node.
  if (!pod.spec.nodeName) return { kind: "bytes", code: 204, headers: new Map(), body: [] };
  const place = await nodePlace(reader, pod.spec.nodeName);
  const path = `/containerLogs/${namespace}/${name}/${container}?${query}`;
  const headers = ["Host", hostPort(place), "User-Agent", "kube-apiserver"];
  const sent = await outgoings
    .send({ place, method: "GET", path, headers, body: undefined, signal: x.request.signal })
    .catch((error: Error) => {
      throw unnamed(`Get "https://${hostPort(place)}${path}": ${dialText(error, place)}`);
    });
  if (sent.kind === "upgraded") {
    sent.socket.destroy();
    throw unnamed("a node upgraded what was no upgrade");
  }
  const code = sent.response.statusCode ?? 0;
  if (code < 200 || code > 206) await refuse(code, sent.response, name);
  const messages = isWebSocket(x.request) ? asMessages(x.request, sent.response) : undefined;
  return messages ?? streamed(200, new Map([["content-type", "text/plain"]]), sent.response);
}

async function refuse(code: number, response: IncomingMessage, name: string): Promise<never> {
  if (code >= 300 && code < 400) {
    response.destroy();
    throw unnamed("redirects forbidden");
  }
  const text = await beginningOf(response);
  if (code === 500) throw internalError(text);
  if (code === 400) throw badRequest(text);
  throw refusedBy(code, text, { group: "", resource: "pods/log" }, name);
}
/** No more than that is told to the client. */
export async function beginningOf(response: IncomingMessage): Promise<string> {
  const parts: Bytes[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Bytes>) {
    parts.push(part);
    length += part.length;
    if (length >= REFUSAL_BYTES_MAX) break;
  }
  return utf8Text(concatBytes(parts).subarray(0, REFUSAL_BYTES_MAX));
}

// ---------------------------------------------------------------- WebSocket

const isWebSocket = (request: ApiRequest): boolean =>
  request.raw?.upgrade !== undefined && request.header("upgrade")?.toLowerCase() === "websocket";

const PROTOCOLS = ["binary.k8s.io", "base64.binary.k8s.io"];

/** undefined: the client speaks none of the protocols. */
function asMessages(request: ApiRequest, response: IncomingMessage): ApiResponse | undefined {
  const asked = (request.header("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim());
  const chosen = asked.find((p) => PROTOCOLS.includes(p));
  const key = request.header("sec-websocket-key");
  if (key === undefined || (chosen === undefined && asked.some((p) => p !== ""))) {
    response.destroy();
    return textResponse(403, "");
  }
  const accept = createHash("sha1").update(`${key}${WEBSOCKET_GUID}`).digest("base64");
  const headers = new Map([
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-accept", accept],
  ]);
  if (chosen !== undefined) headers.set("sec-websocket-protocol", chosen);
  const isText = chosen === "base64.binary.k8s.io";
  const piece = (bytes: Bytes): Bytes => (isText ? textMessage(Buffer.from(bytes).toString("base64")) : binaryMessage(bytes));
  // The first message is empty: clients take it for the sign that it works.
  const answer = streamed(101, headers, response, { first: piece(utf8("")), last: closeFrame(CLOSE.normal), piece });
  // What the client says is not asked for, but its leaving is to be seen.
  request.raw?.upgrade?.socket.resume();
  return answer;
}
