import { badRequest, failure, forbidden } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, attributesOf, decide, streamed } from "../chain/index.js";
import type { Exchange } from "../verbs/index.js";
import { dialText, unnamed } from "./errors.js";
import { REFUSED_UPGRADE_MS_MAX } from "./limits.js";
import { containerOf, nodePlace, type Place, podOf } from "./location.js";
import { commandQuery, portQuery } from "./options.js";
import { forwarded, headerMap, withoutHops } from "./outgoing.js";
import type { StreamParts } from "./parts.js";
import { tunnel } from "./tunnel.js";

type Kind = "exec" | "attach" | "portforward";

/** exec, attach and portforward: the client's upgrade goes on to the node, and then bytes go both ways. */
export async function tunnelAction(x: Exchange, kind: Kind, parts: StreamParts): Promise<ApiResponse> {
  await mayCreate(x, parts);
  const { reader } = parts;
  const { name, namespace, query } = x.info;
  const asked = kind === "portforward" ? { container: "", query: portQuery(query) } : commandQuery(query, kind);
  const pod = await podOf(reader, namespace, name);
  const container = kind === "portforward" ? "" : containerOf(pod, asked.container);
  if (!pod.spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const place = await nodePlace(reader, pod.spec.nodeName);
  const path = kind === "portforward" ? `/portForward/${namespace}/${name}` : `/${kind}/${namespace}/${name}/${container}`;
  if (!isUpgrade(x.request)) throw badRequest("Upgrade request required");
  const tail = asked.query.size === 0 ? "" : `?${asked.query}`;
  return passUpgrade(x.request, place, `${path}${tail}`, parts);
}

/** A WebSocket begins with GET, which only says "get": who may not create these may not have them that way either. */
async function mayCreate(x: Exchange, { authorizers }: StreamParts): Promise<void> {
  if (x.info.verb === "create") return;
  const decision = await decide(authorizers, attributesOf({ ...x.info, verb: "create" }, x.user));
  if (decision.kind !== "allow") throw forbidden({ group: "", resource: x.info.resource }, x.info.name, decision.reason);
}

export const isUpgrade = (request: ApiRequest): boolean =>
  request.raw?.upgrade !== undefined && /(^|[\s,])upgrade([\s,]|$)/i.test(request.header("connection") ?? "");

/** Sends the client's upgrade on. An answer that is no upgrade goes back as it is. */
export async function passUpgrade(request: ApiRequest, place: Place, path: string, { outgoings }: StreamParts): Promise<ApiResponse> {
  const client = request.raw?.upgrade;
  if (client === undefined) throw failure("BadRequest", "Upgrade request required");
  const headers = forwarded(request, true);
  const sent = await outgoings
    .send({ place, method: request.method, path, headers, body: undefined, signal: request.signal })
    .catch((error: Error) => {
      throw unnamed(`error dialing backend: ${dialText(error, place)}`);
    });
  const { response } = sent;
  if (sent.kind === "upgraded") return tunnel(headerMap(response.rawHeaders), client, sent);
  const code = response.statusCode ?? 0;
  if (code < 400) {
    response.destroy();
    throw unnamed(`invalid upgrade response: status code ${code}`);
  }
  response.setTimeout(REFUSED_UPGRADE_MS_MAX, () => response.destroy());
  return streamed(code, headerMap(withoutHops(response.rawHeaders)), response);
}
