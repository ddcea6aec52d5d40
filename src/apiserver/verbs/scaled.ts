import { utf8Text } from "../../base/index.js";
import { apiVersionOf, type Json, type KubeObject, type ManagedFieldsEntry, StatusError } from "../../kube/meta/index.js";
import { fromScaleOwners, ownersAfterUpdate, type ScaleOwners, toScaleOwners, type Write } from "../../kube/patch/index.js";
import type { KindSchema } from "../../kube/schema/index.js";
import { appliedAs, parseApplied } from "./apply.js";
import { type Exchange, managerOf } from "./exchange.js";
import type { WriteOptions } from "./options.js";
import { writeOf } from "./ownership.js";
import { patchFormOf } from "./patch.js";
import { patchedAs } from "./patch-forms.js";

/** A write of the Scale over an object: what was sent, of which kind it is, and where the object has its replicas. */
export interface ScaleWrite {
  readonly kind: KindSchema;
  readonly options: WriteOptions;
  readonly replicas: readonly string[];
  /** A PUT's object; undefined: the request is a patch, with this body. */
  readonly sent: KubeObject | undefined;
  readonly body: Uint8Array;
}
export interface Scaled {
  /** The Scale after the write. */
  readonly scale: KubeObject;
  /** The owners of the object after it. */
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/** The Scale after a PUT, a patch in any form or an apply, and who owns the object's fields then. `live` is the object, `scale` its Scale. */
export function scaledBy(x: Exchange, live: KubeObject, scale: KubeObject, how: ScaleWrite): Scaled {
  const { row, version } = x.found;
  const scaleVersion = apiVersionOf(how.kind.gvk);
  const owners: ScaleOwners = {
    replicas: how.replicas,
    apiVersion: apiVersionOf({ group: row.group, version: version.name }),
    scaleVersion,
  };
  const entries = toScaleOwners(live.metadata.managedFields, owners);
  const shown: KubeObject = entries === undefined ? scale : { ...scale, metadata: { ...scale.metadata, managedFields: entries } };
  const write: Write = {
    ...writeOf(x, managerOf(x, how.options.fieldManager)),
    kind: how.kind,
    apiVersion: scaleVersion,
    resetFields: [],
    convert: (object, _from, to) => (to === scaleVersion ? { object, kind: how.kind } : undefined),
  };
  const next = written(x, shown, write, how);
  const { managedFields, ...metadata } = next.metadata;
  // A custom kind's Scale has no owners of its own: what it changes is nobody's.
  const isCustom = !version.schema().protobuf;
  const given = isCustom && !sameReplicas(next, shown) ? undefined : managedFields;
  return { scale: { ...next, metadata }, managedFields: fromScaleOwners(live.metadata.managedFields, given, owners) };
}
const sameReplicas = (a: KubeObject, b: KubeObject): boolean => JSON.stringify(a["spec"] as Json) === JSON.stringify(b["spec"] as Json);

function written(x: Exchange, shown: KubeObject, write: Write, how: ScaleWrite): KubeObject {
  const { sent, body, options } = how;
  if (sent !== undefined) return ownersAfterUpdate(shown, sent, write);
  const form = patchFormOf(x);
  if (form !== "apply") return ownersAfterUpdate(shown, patchedAs(x, how.kind, shown, { form, body, options }), write);
  if (!x.found.version.schema().protobuf) throw customScale();
  return appliedAs(write, shown, parseApplied(utf8Text(body)), options);
}
/** The original cannot either, and says so. */
function customScale(): StatusError {
  const why = "request to convert CR to an invalid group/version: autoscaling/v1";
  const message = `failed to create manager for existing fields: failed to convert live object (/; autoscaling/v1, Kind=Scale) to proper version: ${why}`;
  return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
}
