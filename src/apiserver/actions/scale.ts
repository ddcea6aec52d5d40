import {
  apiVersionOf,
  badRequest,
  conflict,
  type FieldError,
  fromLabelSelector,
  invalid,
  invalidObject,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  labelSelectorText,
  MODIFIED,
} from "../../kube/meta/index.js";
import { kindSchema } from "../../kube/schema/index.js";
import type { ApiResponse } from "../chain/index.js";
import { groupResource } from "../registry/index.js";
import {
  bodyObject,
  change,
  type Exchange,
  kindOutput,
  objectResponse,
  patchFormOf,
  type ScaleWrite,
  scaledBy,
  targetOf,
  writeOptions,
} from "../verbs/index.js";

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" } as const;

/** autoscaling/v1 Scale over an object that has replicas and a selector. */
export async function scaleAction(x: Exchange): Promise<ApiResponse> {
  const output = kindOutput(x);
  if (x.info.verb === "get") return objectResponse(x, scaleOf(await x.api.registry.get(targetOf(x))), output);
  const isPatch = x.info.verb === "patch";
  const isApply = isPatch && patchFormOf(x) === "apply";
  const options = writeOptions(x.info.query, isPatch ? "PatchOptions" : "UpdateOptions", isApply);
  const how: ScaleWrite = {
    kind: scaleKind(),
    options,
    replicas: ["spec", "replicas"],
    sent: isPatch ? undefined : await bodyObject(x, scaleKind(), options.fieldValidation),
    body: isPatch ? await x.request.body() : new Uint8Array(0),
  };
  const result = await change(
    x,
    (live) => {
      const current = live as KubeObject;
      const { scale, managedFields } = scaledBy(x, current, scaleOf(current), how);
      check(x, scale, current);
      const { managedFields: _, ...metadata } = current.metadata;
      const spec = { ...(current["spec"] as JsonObject), replicas: replicasOf(scale) };
      return { ...current, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields }, spec };
    },
    options,
    false,
  );
  return objectResponse(x, scaleOf(result.object), output);
}

const scaleKind = () => {
  const kind = kindSchema(SCALE);
  if (!kind) throw badRequest("Scale is not known");
  return kind;
};
const replicasOf = (scale: KubeObject): number =>
  Number((isObject(scale["spec"] as Json) ? (scale["spec"] as JsonObject)["replicas"] : 0) ?? 0);

function check(x: Exchange, scale: KubeObject, current: KubeObject): void {
  const name = scale.metadata.name ?? "";
  if (name !== x.info.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${x.info.name})`);
  const given = scale.metadata.resourceVersion ?? "";
  if (given !== "" && given !== "0" && given !== current.metadata.resourceVersion)
    throw conflict(groupResource(targetOf(x)), name, MODIFIED);
  const errors: FieldError[] = [];
  const replicas = replicasOf(scale);
  if (replicas < 0) errors.push(invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
  if (errors.length > 0) throw invalidObject({ group: SCALE.group, kind: SCALE.kind }, name, errors);
}

/** Metadata that a Scale shows of its object. */
function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = (object["spec"] ?? {}) as JsonObject;
  const status = (object["status"] ?? {}) as JsonObject;
  const selector = selectorText(spec["selector"]);
  const replicas = spec["replicas"];
  return {
    kind: SCALE.kind,
    apiVersion: apiVersionOf(SCALE),
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject["metadata"],
    spec: typeof replicas === "number" && replicas !== 0 ? { replicas } : {},
    status: { replicas: Number(status["replicas"] ?? 0), ...(selector === "" ? {} : { selector }) },
  };
}
/** A replication controller's selector is a plain map. */
function selectorText(selector: Json | undefined): string {
  if (!isObject(selector)) return "";
  const isMap = Object.values(selector).every((v) => typeof v === "string");
  return labelSelectorText(fromLabelSelector(isMap ? { matchLabels: selector } : selector) ?? []);
}
