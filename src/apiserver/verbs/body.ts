import { type Bytes, utf8Text } from "../../base/index.js";
import { apiVersionOf, badRequest, failure, type KubeObject } from "../../kube/meta/index.js";
import { applyDefaults, type Decoded, DecodeError, type FieldValidation, type KindSchema, readBody } from "../../kube/schema/index.js";
import type { Exchange } from "./exchange.js";
import { bodyFormat, type Format } from "./negotiation.js";

/** The body as an object of `kind` with its defaults; warnings or a 400 for what is not in the schema. */
export async function bodyObject(x: Exchange, kind: KindSchema, fieldValidation: FieldValidation): Promise<KubeObject> {
  const format = bodyFormat(x.request.header("content-type"));
  const bytes = await x.request.body();
  const { object, problems } = decode(bytes, kind, format, fieldValidation);
  refuseOrWarn(x, kind, problems, fieldValidation);
  return applyDefaults(kind, object);
}

function decode(bytes: Bytes, kind: KindSchema, format: Format, fieldValidation: FieldValidation): Decoded {
  const { kind: name, version } = kind.gvk;
  try {
    const body = readBody(bytes, format);
    const expected = apiVersionOf(kind.gvk);
    if (body.apiVersion !== "" && body.apiVersion !== expected) {
      throw badRequest(`the API version in the data (${body.apiVersion}) does not match the expected API version (${expected})`);
    }
    if (body.kind !== "" && body.kind !== name) {
      throw badRequest(
        `${body.kind} in version "${version}" cannot be handled as a ${name}: converting (${body.kind}) to (${name}): unknown conversion`,
      );
    }
    return body.decode(kind, { fieldValidation });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (error.kind === "type") throw badRequest(`${name} in version "${version}" cannot be handled as a ${name}: ${error.message}`);
    throw badRequest(`the object provided is unrecognized (must be of type ${name}): ${error.message} (${head(bytes)})`);
  }
}
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
