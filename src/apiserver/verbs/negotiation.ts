import { failure } from "../../kube/meta/index.js";

export type Format = "json" | "yaml" | "protobuf";
const TYPES: readonly { readonly type: string; readonly format: Format }[] = [
  { type: "application/json", format: "json" },
  { type: "application/yaml", format: "yaml" },
  { type: "application/vnd.kubernetes.protobuf", format: "protobuf" },
];
export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};
const AVAILABLE = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const AVAILABLE_STREAMS =
  "application/json, application/json;stream=watch, application/vnd.kubernetes.protobuf, application/vnd.kubernetes.protobuf;stream=watch";

/** What a client wants to see: the object, rows of a table, or metadata alone. */
export interface Output {
  readonly format: Format;
  readonly as: "object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** Of meta.k8s.io, where `as` is not "object". */
  readonly metaVersion: "v1" | "v1beta1";
}
/** Which shapes a resource can be shown in. */
export interface Offered {
  readonly tables: boolean;
  readonly metadata: boolean;
}

interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
  readonly params: ReadonlyMap<string, string>;
}
function clauses(accept: string): readonly Clause[] {
  return accept
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(clause)
    .filter((c) => c.q > 0)
    .sort((a, b) => b.q - a.q);
}
function clause(text: string): Clause {
  const [media = "", ...rest] = text.split(";").map((s) => s.trim());
  const [type = "", subtype = ""] = media.split("/");
  const params = new Map(rest.map((p) => [p.slice(0, p.indexOf("=")).trim(), p.slice(p.indexOf("=") + 1).trim()] as const));
  return { type: type.toLowerCase(), subtype: subtype.toLowerCase(), q: Number(params.get("q") ?? 1), params };
}

/** undefined: this clause asks for a shape that is not offered, and a later one may fit. */
function shape(params: ReadonlyMap<string, string>, offered: Offered, format: Format): Omit<Output, "format"> | undefined {
  const as = params.get("as");
  if (as === undefined) return { as: "object", metaVersion: "v1" };
  const version = params.get("v") ?? "";
  if (params.get("g") !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) return undefined;
  if (as === "Table") return offered.tables && format !== "protobuf" ? { as, metaVersion: version } : undefined;
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList")
    return offered.metadata ? { as, metaVersion: version } : undefined;
  return undefined;
}

/** The best of what the client accepts; throws 406 with what there is. */
export function negotiate(accept: string | undefined, offered: Offered, stream: boolean): Output {
  const fallback: Output = { format: "json", as: "object", metaVersion: "v1" };
  if (accept === undefined || accept.trim() === "") return fallback;
  for (const c of clauses(accept)) {
    for (const { type, format } of TYPES) {
      if (stream && format === "yaml") continue;
      if (!matches(c, type)) continue;
      const found = shape(c.params, offered, format);
      if (found) return { format, ...found };
    }
  }
  const all = clauses(accept);
  if (!TYPES.some(({ type }) => all.some((c) => matches(c, type)))) {
    throw failure("NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${AVAILABLE}`, { details: {} });
  }
  throw failure("NotAcceptable", `only the following media types are accepted: ${stream ? AVAILABLE_STREAMS : AVAILABLE}`);
}
/** A wildcard stands for all or for nothing: "application/*" is not understood by the original either. */
function matches(c: Clause, type: string): boolean {
  if (c.type === "*" && c.subtype === "*") return type === "application/json" || c.params.has("as");
  return `${c.type}/${c.subtype}` === type;
}

const BODY_TYPES: Readonly<Record<string, Format>> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "application/vnd.kubernetes.protobuf": "protobuf",
};
/** Of a body; JSON when nothing is said. Throws 415. */
export function bodyFormat(contentType: string | undefined): Format {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "") return "json";
  const format = BODY_TYPES[type];
  if (format) return format;
  throw failure("UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${AVAILABLE}`);
}
