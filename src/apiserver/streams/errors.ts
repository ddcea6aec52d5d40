import { isIPv6 } from "node:net";
import { failure, type GroupResource, StatusError, type StatusReason } from "../../kube/meta/index.js";

/** An error that has no reason of its own: the original lets its text out as it is. */
export const unnamed = (message: string): StatusError =>
  new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });

export interface Place {
  readonly host: string;
  readonly port: number;
}
export const hostPort = ({ host, port }: Place): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

interface SocketError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly errors?: readonly SocketError[];
}
const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** Why a place could not be reached, in the words that people search for. */
export function dialText(error: Error, place: Place): string {
  const all = error as SocketError;
  // Several addresses of one name: the first one's trouble is told.
  const one = all.errors?.[0] ?? all;
  const code = one.code ?? "";
  const known = SYSTEM[code];
  if (known !== undefined) return `dial tcp ${hostPort({ host: one.address ?? place.host, port: one.port ?? place.port })}: ${known}`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${place.host}: no such host`;
  if (code === "ECONNRESET") return "EOF";
  if (code === "EPROTO") return "tls: first record does not look like a TLS handshake";
  return one.message;
}

const REASON_OF: Readonly<Record<number, readonly [StatusReason, string]>> = {
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  409: ["Conflict", "the server reported a conflict"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"],
};

/** What a client hears when a node answered with an error: its code, and its words where the original keeps them. */
export function refusedBy(code: number, text: string, of: GroupResource, name: string): StatusError {
  const details = { name, kind: of.resource };
  const about = (message: string): string => `${message} ( ${of.resource} ${name})`;
  if (code === 403) return failure("Forbidden", about(text), { details });
  const [reason, message] = REASON_OF[code] ?? [];
  if (reason !== undefined && message !== undefined) return failure(reason, about(message), { code, details });
  if (code >= 500) {
    const said = `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
    return failure("InternalError", about(said), { code, details });
  }
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", details, code } as const;
  return new StatusError({
    ...status,
    message: about(`the server responded with the status code ${code} but did not return more information`),
  });
}
