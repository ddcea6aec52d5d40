import { badRequest, type FieldError, forbiddenField, invalid, invalidObject, notSupported } from "../../kube/meta/index.js";
import { PORTS_MAX } from "./limits.js";

/** Query of a log, as a node understands it; `container`: "" when none is named. */
export interface LogQuery {
  readonly container: string;
  readonly query: URLSearchParams;
}

/** A flag of a query: present is true, unless it says otherwise. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

const LONG_MAX = 2n ** 63n - 1n;
function integer(text: string, kind = "strconv.ParseInt"): number {
  const wrong = (why: string): never => {
    throw badRequest(`${kind}: parsing ${JSON.stringify(text)}: ${why}`);
  };
  if (!/^[+-]?\d+$/.test(text)) return wrong("invalid syntax");
  const value = BigInt(text.replace("+", ""));
  return value > LONG_MAX || value < -LONG_MAX - 1n ? wrong("value out of range") : Number(value);
}
const optional = (query: URLSearchParams, name: string): number | undefined => {
  const value = query.get(name);
  return value === null ? undefined : integer(value);
};
function timeOf(text: string | null): Date | undefined {
  if (text === null || text === "" || text === "null") return undefined;
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined;
  if (date !== undefined && !Number.isNaN(date.getTime())) return date;
  const quoted = JSON.stringify(text);
  throw badRequest(`parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`);
}

const STREAMS = ["All", "Stderr", "Stdout"];

/** PodLogOptions: decoded, checked, and put as a node is asked. */
export function logQuery(asked: URLSearchParams, pod: string): LogQuery {
  const tailLines = optional(asked, "tailLines");
  const limitBytes = optional(asked, "limitBytes");
  const sinceSeconds = optional(asked, "sinceSeconds");
  const sinceTime = timeOf(asked.get("sinceTime"));
  const stream = asked.get("stream") ?? "All";
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) errors.push(invalid("tailLines", tailLines, "must be greater than or equal to 0"));
  if (limitBytes !== undefined && limitBytes < 1) errors.push(invalid("limitBytes", limitBytes, "must be greater than 0"));
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbiddenField("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  else if (sinceSeconds !== undefined && sinceSeconds < 1) errors.push(invalid("sinceSeconds", sinceSeconds, "must be greater than 0"));
  if (!STREAMS.includes(stream)) errors.push(notSupported("stream", stream, STREAMS));
  if (stream !== "All" && tailLines !== undefined)
    errors.push(forbiddenField("", "`tailLines` and specific `stream` are mutually exclusive for now"));
  if (errors.length > 0) throw invalidObject({ group: "", kind: "PodLogOptions" }, pod, errors);
  const query = new URLSearchParams();
  for (const name of ["follow", "previous", "timestamps"]) if (flag(asked, name)) query.set(name, "true");
  const numbers = { sinceSeconds, tailLines, limitBytes };
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) query.set(name, String(value));
  if (sinceTime !== undefined) query.set("sinceTime", sinceTime.toISOString().replace(/\.\d+Z$/, "Z"));
  query.set("stream", stream);
  query.sort();
  return { container: asked.get("container") ?? "", query };
}

/** PodExecOptions and PodAttachOptions: a node has other names for the streams. */
export function commandQuery(asked: URLSearchParams, kind: "exec" | "attach"): LogQuery {
  const query = new URLSearchParams();
  const names = { stdin: "input", stdout: "output", stderr: "error", tty: "tty" };
  for (const [name, sent] of Object.entries(names)) if (flag(asked, name)) query.set(sent, "1");
  if (kind === "exec") for (const word of asked.getAll("command")) query.append("command", word);
  query.sort();
  return { container: asked.get("container") ?? "", query };
}

/** PodPortForwardOptions. */
export function portQuery(asked: URLSearchParams): URLSearchParams {
  const ports = asked.getAll("ports").flatMap((text) => text.split(","));
  if (ports.length > PORTS_MAX) throw badRequest(`more than ${PORTS_MAX} ports`);
  const query = new URLSearchParams();
  if (ports.length > 0) query.set("port", ports.map((text) => String(integer(text))).join(","));
  return query;
}
