import { type Bytes, utf8 } from "../../base/index.js";
import { apiVersionOf, failure, type Json, type KubeObject, parseApiVersion } from "../../kube/meta/index.js";
import { encodeJson, encodeProtobuf, encodeYaml, type KindSchema, kindSchema } from "../../kube/schema/index.js";
import { type ApiResponse, bytesResponse, jsonText, wantsPretty } from "../chain/index.js";
import { printerOf, SCALE } from "../printers/index.js";
import { ordered, showsStored } from "../registry/index.js";
import type { CachedObject } from "../storage/index.js";
import type { Exchange } from "./exchange.js";
import { CUT_WARNING_RUNES, WARNING_RUNES_MAX } from "./limits.js";
import { MEDIA_TYPES, negotiate, type Output } from "./negotiation.js";

export const outputOf = (x: Exchange, stream = false): Output => {
  const shown = printerOf(x.found.row, x.found.version) !== undefined;
  const output = negotiate(x.request.header("accept"), { tables: shown, metadata: shown }, stream);
  if (output.as === "Table") checkIncludeObject(x);
  return output;
};

/** For answers of another kind than the resource's own: no tables, no metadata alone. */
export const kindOutput = (x: Exchange): Output => negotiate(x.request.header("accept"), { tables: false, metadata: false }, false);

/** "Warning: 299 - \"text\"", one header each. */
export function warningHeaders(warnings: ReadonlySet<string>): readonly [string, readonly string[]][] {
  if (warnings.size === 0) return [];
  const texts = bounded([...warnings].map((w) => w.replace(/\p{Cc}/gu, "")));
  return [["warning", texts.map((w) => `299 - "${w.replace(/[\\"]/g, "\\$&")}"`)]];
}
/** As many as clients take in headers: too much in all, and each is cut, and those beyond are left out. */
function bounded(texts: readonly string[]): readonly string[] {
  const runes = (text: string): number => [...text].length;
  if (texts.reduce((sum, t) => sum + runes(t), 0) <= WARNING_RUNES_MAX) return texts;
  let written = 0;
  return texts.flatMap((text) => {
    if (written >= WARNING_RUNES_MAX) return [];
    const cut = [...text].slice(0, CUT_WARNING_RUNES).join("");
    written += runes(cut);
    return [cut];
  });
}

const NEWLINE = Buffer.from("\n");
/** What is stored is what the client wants: it goes out without being decoded. undefined: it is not. */
export function storedResponse(x: Exchange, stored: CachedObject, output: Output, code = 200): ApiResponse | undefined {
  const { row, version } = x.found;
  if (output.format !== "json" || output.as !== "object" || !showsStored(row, version)) return undefined;
  const bytes = wantsPretty(x.request.header("user-agent"), x.info.query) ? undefined : stored.storedJson();
  if (bytes === undefined) return undefined;
  const headers = new Map<string, string | readonly string[]>([["content-type", MEDIA_TYPES.json], ...warningHeaders(x.warnings)]);
  return { kind: "bytes", code, headers, body: [bytes, NEWLINE] };
}

/** One object, in the version of the request, as the client wants it. */
export async function objectResponse(x: Exchange, object: KubeObject, output: Output, code = 200): Promise<ApiResponse> {
  // Nobody has types for a custom kind, so its keys are in the order of the alphabet, in metadata too.
  const whole = x.found.row.custom ? object : { ...object, metadata: ordered(object.metadata) };
  if (output.as === "PartialObjectMetadataList") {
    throw failure(
      "NotAcceptable",
      `you requested PartialObjectMetadataList, but the requested object is not a list (*core.${object.kind})`,
    );
  }
  const shown = output.as === "object" ? whole : shaped(x, [object], output, { resourceVersion: object.metadata.resourceVersion ?? "" });
  return valueResponse(x, shown, output, code);
}

export async function valueResponse(x: Exchange, value: KubeObject | Json, output: Output, code = 200): Promise<ApiResponse> {
  const headers = new Map(warningHeaders(x.warnings));
  return bytesResponse(code, MEDIA_TYPES[output.format], await encodeValue(x, value, output), headers);
}

export async function encodeValue(x: Exchange, value: KubeObject | Json, output: Output): Promise<Bytes> {
  switch (output.format) {
    case "json":
      return utf8(jsonOf(x, value));
    case "yaml":
      return utf8(encodeYaml(value));
    case "protobuf":
      return encodeProtobuf(value as KubeObject, kindOf(value as KubeObject));
  }
}
function jsonOf(x: Exchange, value: KubeObject | Json): string {
  if (wantsPretty(x.request.header("user-agent"), x.info.query)) return jsonText(value, true);
  const text = `${encodeJson(value)}\n`;
  return x.found.row.custom ? text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) : text;
}

/** By what the value says it is: an object, a list, metadata alone, a status. */
export function kindOf(value: KubeObject): KindSchema {
  const gv = parseApiVersion(value.apiVersion);
  const kind = gv && (kindSchema({ ...gv, kind: value.kind }) ?? kindSchema({ group: "meta.k8s.io", version: "v1", kind: value.kind }));
  if (!kind) throw failure("NotAcceptable", `${value.kind} has no protobuf form`, { details: {} });
  return kind;
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** A Table or metadata alone; `single`: one object that was asked for by name. */
export function shaped(x: Exchange, objects: readonly KubeObject[], output: Output, meta: ListMeta, list = false): KubeObject {
  const apiVersion = apiVersionOf({ group: "meta.k8s.io", version: output.metaVersion });
  if (output.as === "Table") return table(x, objects, apiVersion, meta);
  const items = objects.map((o) => partial(o, apiVersion));
  if (!list) return items[0] as KubeObject;
  return { kind: "PartialObjectMetadataList", apiVersion, metadata: meta, items } as unknown as KubeObject;
}

export const partial = (o: KubeObject, apiVersion: string): KubeObject => ({
  kind: "PartialObjectMetadata",
  apiVersion,
  metadata: o.metadata,
});

/** `columns` false: a watch's later events. */
export function table(x: Exchange, objects: readonly KubeObject[], apiVersion: string, meta: ListMeta, columns = true): KubeObject {
  const printer = x.info.subresource === "scale" ? SCALE : printerOf(x.found.row, x.found.version);
  if (!printer) throw failure("NotAcceptable", "the kind has no columns");
  const shown = printer.order ? [...objects].sort(printer.order) : objects;
  const rows = shown.map((o) => {
    const conditions = printer.conditions?.(o) ?? [];
    return { cells: [...printer.cells(o, x.nowMs)], ...(conditions.length > 0 ? { conditions } : {}), object: included(x, o, apiVersion) };
  });
  const definitions = printer.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  return { kind: "Table", apiVersion, metadata: meta, columnDefinitions: columns ? definitions : null, rows } as unknown as KubeObject;
}
function included(x: Exchange, o: KubeObject, apiVersion: string): Json {
  switch (x.info.query.get("includeObject") ?? "") {
    case "None":
      return null;
    case "Object":
      return o as Json;
    default:
      return partial(o, apiVersion) as Json;
  }
}
const INCLUDES = ["", "None", "Object", "Metadata"];
function checkIncludeObject(x: Exchange): void {
  const asked = x.info.query.get("includeObject") ?? "";
  if (INCLUDES.includes(asked)) return;
  const why = `Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw failure("BadRequest", `Unable to convert to Table as requested: includeObject: ${why}`);
}
