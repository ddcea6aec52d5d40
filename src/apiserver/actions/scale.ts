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
import { applyJsonPatch, applyMergePatch } from "../../kube/patch/index.js";
import { applyDefaults, kindSchema, parseJsonText, toNormalForm } from "../../kube/schema/index.js";
import type { ApiResponse } from "../chain/index.js";
import { groupResource } from "../registry/index.js";
import { bodyObject, change, type Exchange, kindOutput, objectResponse, scaledOwners, targetOf, writeOptions } from "../verbs/index.js";

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" } as const;

/** autoscaling/v1 Scale over an object that has replicas and a selector. */
export async function scaleAction(x: Exchange): Promise<ApiResponse> {
  const output = kindOutput(x);
  if (x.info.verb === "get") return objectResponse(x, scaleOf(await x.api.registry.get(targetOf(x))), output);
  const patch = x.info.verb === "patch";
  const options = writeOptions(x.info.query, patch ? "PatchOptions" : "UpdateOptions");
  const wanted = patch ? await patched(x) : () => sent;
  const sent = patch ? ({} as KubeObject) : await body(x, options.fieldValidation);
  const result = await change(
    x,
    (live) => {
      const current = live as KubeObject;
      const scale = wanted(scaleOf(current));
      check(x, scale, current);
      const spec = { ...(current["spec"] as JsonObject), replicas: replicasOf(scale) };
      return scaledOwners(x, current, { ...current, metadata: { ...current.metadata }, spec }, options);
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
const body = (x: Exchange, fieldValidation: "ignore" | "warn" | "strict"): Promise<KubeObject> =>
  bodyObject(x, scaleKind(), fieldValidation);

async function patched(x: Exchange): Promise<(scale: KubeObject) => KubeObject> {
  const bytes = await x.request.body();
  const patch = parseJsonText(Buffer.from(bytes).toString("utf8")).value;
  const isJsonPatch = (x.request.header("content-type") ?? "").startsWith("application/json-patch+json");
  return (scale) => {
    const value = isJsonPatch ? applyJsonPatch(scale as Json, patch) : applyMergePatch(scale as Json, patch);
    const kind = scaleKind();
    return applyDefaults(kind, toNormalForm(value, kind, { fieldValidation: "ignore" }).object);
  };
}

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
