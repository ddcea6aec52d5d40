import { type Bytes, check, NO_BYTES } from "../../base/index.js";
import type { KubeObject } from "../meta/index.js";
import { BuiltinSchema } from "./build.js";
import { brokenProtobuf, ProtoReader, readMessageBytes } from "./protobuf-read.js";
import type { KindSchema } from "./types.js";

/** runtime.Unknown: what stands behind "k8s\0". */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: Bytes;
}
const MAGIC = [0x6b, 0x38, 0x73, 0];
export const hasEnvelope = (bytes: Bytes): boolean => MAGIC.every((b, i) => bytes[i] === b);

/** Throws DecodeError. */
export function readEnvelope(bytes: Bytes): Envelope {
  if (!hasEnvelope(bytes)) throw brokenProtobuf("provided data does not appear to be a protobuf message, expected prefix k8s");
  const r = new ProtoReader(bytes.subarray(MAGIC.length));
  let header = { apiVersion: "", kind: "" };
  let object = NO_BYTES;
  while (r.next()) {
    if (r.wire === 2 && r.number === 1) header = readHeader(r.bytes());
    else if (r.wire === 2 && r.number === 2) object = r.bytes();
    else r.skip();
  }
  return { ...header, object };
}
function readHeader(bytes: Bytes): { apiVersion: string; kind: string } {
  const header = { apiVersion: "", kind: "" };
  const r = new ProtoReader(bytes);
  while (r.next()) {
    if (r.wire === 2 && r.number === 1) header.apiVersion = r.text();
    else if (r.wire === 2 && r.number === 2) header.kind = r.text();
    else r.skip();
  }
  return header;
}

/** An object of `kind` from its frame, or from bare bytes of its message. Without defaults. Throws DecodeError. */
export function decodeProtobuf(bytes: Bytes, kind: KindSchema): KubeObject {
  return decodeMessage(hasEnvelope(bytes) ? readEnvelope(bytes).object : bytes, kind);
}
export function decodeMessage(bytes: Bytes, kind: KindSchema): KubeObject {
  const root = kind.root;
  check(root instanceof BuiltinSchema, "only built-in kinds have a protobuf form");
  const { group, version, kind: name } = kind.gvk;
  const object = readMessageBytes(root, bytes);
  return { kind: name, apiVersion: group === "" ? version : `${group}/${version}`, ...object } as unknown as KubeObject;
}
