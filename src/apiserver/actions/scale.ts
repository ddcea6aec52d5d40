import {
  apiVersionOf,
  badRequest,
  conflict,
  type FieldError,
  fromLabelSelector,
  internalError,
  invalid,
  invalidObject,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  labelSelectorText,
  MODIFIED,
  StatusError,
} from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { type Admit, groupResource } from "../registry/index.js";
import type { ScalePaths } from "../resources/index.js";
import {
  admitMutating,
  admitValidating,
  bodyObject,
  type Exchange,
  kindOutput,
  objectResponse,
  outputOf,
  patchFormOf,
  type ScaleWrite,
  scaledBy,
  targetOf,
  writeOptions,
  writerOf,
} from "../verbs/index.js";
import { bodyKind } from "./kinds.js";

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" } as const;

/** autoscaling/v1 Scale over an object that has replicas and a selector. */
export async function scaleAction(x: Exchange): Promise<ApiResponse> {
  const output = x.info.verb === "get" ? outputOf(x) : kindOutput(x);
  const view = viewOf(x);
  if (x.info.verb === "get") {
    const object = await x.api.registry.get(targetOf(x));
    if (!view.isThere(object)) throw internalError(`the spec replicas field ${JSON.stringify(view.specPath)} does not exist`);
    return objectResponse(x, view.scaleOf(object), output);
  }
  const isPatch = x.info.verb === "patch";
  const isApply = isPatch && patchFormOf(x) === "apply";
  const options = writeOptions(x.info.query, isPatch ? "PatchOptions" : "UpdateOptions", isApply);
  const how: ScaleWrite = {
    kind: bodyKind(SCALE),
    options,
    replicas: view.replicas,
    sent: isPatch ? undefined : await sentScale(x, options),
    body: isPatch ? await x.request.body() : new Uint8Array(0),
  };
  const { dryRun } = options;
  const about = { operation: "UPDATE", name: x.info.name, dryRun, kind: SCALE } as const;
  // Admission sees the Scale, not what it is a view of.
  const admit: Admit = ({ object, old }) =>
    admitValidating(x, { ...about, object: object && view.scaleOf(object), old: old && view.scaleOf(old) });
  const result = await x.api.registry.update(
    targetOf(x),
    async (live) => {
      const current = live as KubeObject;
      const shown = view.scaleOf(current);
      const { scale, managedFields } = scaledBy(x, current, shown, how);
      await admitMutating(x, { ...about, object: scale, old: shown });
      check(x, scale, current);
      if (!view.isThere(current) && scale["spec"] === shown["spec"])
        throw badRequest(`the spec replicas field ${JSON.stringify(view.specPath)} cannot be empty`);
      const { managedFields: _, ...metadata } = current.metadata;
      const object = { ...current, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
      return view.withReplicas(object, replicasOf(scale));
    },
    writerOf(x, options),
    admit,
    { createMissing: false },
  );
  return objectResponse(x, view.scaleOf(result.object), output);
}

/** Where a kind has its numbers. */
interface ScaleView {
  readonly replicas: readonly string[];
  /** As a definition names it. */
  readonly specPath: string;
  isThere(object: KubeObject): boolean;
  scaleOf(object: KubeObject): KubeObject;
  withReplicas(object: KubeObject, replicas: number): KubeObject;
}
const BUILTIN: ScaleView = {
  replicas: ["spec", "replicas"],
  specPath: ".spec.replicas",
  isThere: () => true,
  scaleOf: (o) => scaleOf(o),
  withReplicas: (o, replicas) => ({ ...o, spec: { ...(o["spec"] as JsonObject), replicas } }),
};
function viewOf(x: Exchange): ScaleView {
  const sub = x.found.row.subresources.find((s) => s.kind === "scale");
  const paths = sub?.kind === "scale" ? sub.paths : undefined;
  if (paths === undefined) return BUILTIN;
  return {
    replicas: paths.spec,
    specPath: `.${paths.spec.join(".")}`,
    isThere: (o) => fieldAt(o as Json, paths.spec) !== undefined,
    scaleOf: (o) => customScaleOf(o, paths),
    withReplicas: (o, replicas) => withField(o as Json, paths.spec, replicas) as KubeObject,
  };
}
const fieldAt = (value: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((v, key) => (isObject(v) && Object.hasOwn(v, key) ? v[key] : undefined), value);
function withField(value: Json | undefined, path: readonly string[], field: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return field;
  const object = isObject(value) ? value : {};
  return { ...object, [key]: withField(object[key], rest, field) };
}
function customScaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = Number(fieldAt(object as Json, paths.spec) ?? 0);
  const selector = paths.selector === undefined ? undefined : fieldAt(object as Json, paths.selector);
  return {
    kind: SCALE.kind,
    apiVersion: apiVersionOf(SCALE),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    } as KubeObject["metadata"],
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: Number(fieldAt(object as Json, paths.status) ?? 0),
      ...(typeof selector === "string" && selector !== "" ? { selector } : {}),
    },
  };
}

async function sentScale(x: Exchange, { fieldValidation }: ReturnType<typeof writeOptions>): Promise<KubeObject> {
  try {
    return await bodyObject(x, bodyKind(SCALE), fieldValidation);
  } catch (error) {
    // For custom kinds the original does not get as far as to say what is wrong.
    const isUnread =
      error instanceof StatusError && error.status.reason === "BadRequest" && error.message.includes("cannot be handled as a");
    throw x.found.row.custom && isUnread ? badRequest('no kind is registered for the type v1.Scale in scheme "trimast.go:1"') : error;
  }
}
const replicasOf = (scale: KubeObject): number =>
  Number((isObject(scale["spec"] as Json) ? (scale["spec"] as JsonObject)["replicas"] : 0) ?? 0);

function check(x: Exchange, scale: KubeObject, current: KubeObject): void {
  const name = scale.metadata.name ?? "";
  if (name !== x.info.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${x.info.name})`);
  const given = scale.metadata.resourceVersion ?? "";
  if (given !== "" && given !== "0" && given !== current.metadata.resourceVersion)
    throw conflict(groupResource(targetOf(x)), name, MODIFIED);
  // A custom kind's rules say what is wrong with its own field.
  if (x.found.row.custom) return;
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
