import { type Bytes, utf8Text } from "../../base/index.js";
import {
  apiVersionOf,
  badRequest,
  failure,
  isObject,
  type Json,
  type KubeObject,
  parseApiVersion,
  type StatusError,
} from "../../kube/meta/index.js";
import {
  applyDefaults,
  type Body,
  type Decoded,
  DecodeError,
  type FieldValidation,
  type KindSchema,
  kindSchema,
  readBody,
} from "../../kube/schema/index.js";
import type { Exchange } from "./exchange.js";
import { bodyFormat, type Format } from "./negotiation.js";

/** The body as an object of `kind` with its defaults; warnings or a 400 for what is not in the schema. */
export async function bodyObject(
  x: Exchange,
  kind: KindSchema,
  fieldValidation: FieldValidation,
  /** Versions of the same kind that differ in nothing else. */
  alike: readonly string[] = [],
): Promise<KubeObject> {
  const format = bodyFormat(x.request.header("content-type"));
  const bytes = await x.request.body();
  const { object, problems, otherVersion } = decode(bytes, kind, { format, fieldValidation, alike, versions: versionsOf(x) });
  refuseOrWarn(x, kind, problems, fieldValidation);
  // Fields are told of first: a custom object is read whole, in the version that it says, before that is looked at.
  if (otherVersion) throw otherVersion;
  return applyDefaults(kind, object);
}

type Versions = (apiVersion: string) => KindSchema | undefined;
const versionsOf =
  (x: Exchange): Versions =>
  (apiVersion) => {
    const { group, versions } = x.found.row;
    return versions.find((v) => apiVersionOf({ group, version: v.name }) === apiVersion)?.schema();
  };

function decode(
  bytes: Bytes,
  kind: KindSchema,
  how: {
    readonly format: Format;
    readonly fieldValidation: FieldValidation;
    readonly alike: readonly string[];
    readonly versions: Versions;
  },
): Decoded & { readonly otherVersion: StatusError | undefined } {
  const { kind: name, version } = kind.gvk;
  try {
    const body = readBody(bytes, how.format);
    const otherVersion = checkKind(body, kind, how.alike);
    const said = otherVersion && how.versions(body.apiVersion);
    return { ...body.decode(said ?? kind, how), otherVersion };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (error.kind === "type") throw badRequest(`${name} in version "${version}" cannot be handled as a ${name}: ${error.message}`);
    throw badRequest(`the object provided is unrecognized (must be of type ${name}): ${error.message} (${head(bytes)})`);
  }
}
/** An empty list of owners starts them anew; the normal form knows no empty lists. */
export function keepEmptyOwners(value: Json | undefined, object: KubeObject): void {
  const metadata = isObject(value) ? value["metadata"] : undefined;
  const given = isObject(metadata) ? metadata["managedFields"] : undefined;
  if (Array.isArray(given) && given.length === 0) object.metadata.managedFields = [];
}

/** The body may leave out what it is; what it says must be this. Gives what is wrong with the version of a custom object. */
function checkKind(body: Pick<Body, "apiVersion" | "kind">, kind: KindSchema, alike: readonly string[] = []): StatusError | undefined {
  const { group, version, kind: name } = kind.gvk;
  const gv = body.apiVersion === "" ? { group, version } : parseApiVersion(body.apiVersion);
  if (!gv) throw new DecodeError("kind", `unexpected GroupVersion string: ${body.apiVersion}`);
  const given = body.kind === "" ? name : body.kind;
  const known = kindSchema({ ...gv, kind: given });
  const refuse = (why: string) => badRequest(`${given} in version ${JSON.stringify(gv.version)} cannot be handled as a ${name}: ${why}`);
  if (given === name && gv.group === group && (gv.version === version || alike.includes(gv.version))) return undefined;
  if (!kind.protobuf && given === name && gv.group === group) return mismatch(body.apiVersion, kind);
  if (!known)
    throw refuse(`no kind ${JSON.stringify(given)} is registered for version ${JSON.stringify(apiVersionOf(gv))} in scheme "trimast.go:1"`);
  if (given !== name || gv.group !== group) throw refuse(`converting (${given}) to (${name}): unknown conversion`);
  throw mismatch(body.apiVersion, kind);
}
const mismatch = (apiVersion: string, kind: KindSchema) =>
  badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(kind.gvk)})`);
/** The beginning of a body that cannot be read: text of JSON, hex of anything else. */
const HEAD_BYTES = 30;
function head(bytes: Bytes): string {
  if (bytes.length === 0) return "<empty>";
  const begin = bytes.subarray(0, HEAD_BYTES);
  const text = bytes[0] === 0x7b ? utf8Text(begin) : Buffer.from(begin).toString("hex");
  return bytes.length > HEAD_BYTES ? `${text} ...` : text;
}

/** "strict" refuses, "warn" tells, "ignore" has none. */
export function refuseOrWarn(x: Exchange, kind: KindSchema, problems: readonly string[], fieldValidation: FieldValidation): void {
  if (problems.length === 0 || fieldValidation === "ignore") return;
  if (fieldValidation === "warn") {
    for (const text of problems) x.warnings.add(text);
    return;
  }
  const { kind: name, version } = kind.gvk;
  throw failure(
    "BadRequest",
    `${name} in version "${version}" cannot be handled as a ${name}: strict decoding error: ${problems.join(", ")}`,
  );
}
