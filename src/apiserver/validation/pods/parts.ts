import {
  compareQuantities,
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
} from "../../../kube/meta/index.js";
import { jsonDiff } from "../shared/diff.js";
import { quantity } from "../shared/quantities.js";
import { child, entries, field, has, list, objects, text } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import { annotationUpdateErrors, MIRROR } from "./annotations.js";
import { annotationsOf, optionsFor, specOf, wholePodErrors } from "./pod.js";
import { qosClass } from "./qos.js";

/** ephemeralcontainers: they come, and never change or go. */
export function ephemeralErrors(pod: KubeObject, old: KubeObject): Errors {
  if (annotationsOf(old)[MIRROR] !== undefined) return [forbiddenField("", "static pods do not support ephemeral containers")];
  const options = optionsFor(pod, old);
  const path = "spec.ephemeralContainers";
  const now = new Map(objects(specOf(pod), "ephemeralContainers").map((c) => [text(c, "name"), c]));
  const kept = objects(specOf(old), "ephemeralContainers").flatMap((was) => {
    const name = JSON.stringify(text(was, "name"));
    const found = now.get(text(was, "name"));
    if (found === undefined) return [forbiddenField(path, `existing ephemeral containers ${name} may not be removed\n`)];
    if (equalJson(found, was)) return NONE;
    return [forbiddenField(path, `existing ephemeral containers ${name} may not be changed\n${jsonDiff(was, found)}`)];
  });
  return [
    ...wholePodErrors(pod, options),
    ...annotationUpdateErrors(annotationsOf(pod), annotationsOf(old), specOf(pod), "metadata.annotations", options),
    ...kept,
  ];
}

// ---------------------------------------------------------------- resize

const ONLY = "only cpu and memory resources are mutable";
export function resizeErrors(pod: KubeObject, old: KubeObject): Errors {
  if (annotationsOf(old)[MIRROR] !== undefined) return [forbiddenField("", "static pods cannot be resized")];
  const [spec, was] = [specOf(pod), specOf(old)];
  if (text(child(was, "os"), "name") === "windows") return [forbiddenField("", "windows pods cannot be resized")];
  const errors: FieldError[] = [...wholePodErrors(pod, optionsFor(pod, old))];
  const oldClass = text(child(old, "status"), "qosClass") || qosClass(was);
  if (oldClass !== qosClass(spec))
    errors.push(invalid("spec", text(child(pod, "status"), "qosClass"), "Pod QOS Class may not change as a result of resizing"));
  if (!isSupported(old)) errors.push(forbiddenField("spec", "Pod running on node without support for resize"));
  const copy: JsonObject = { ...spec };
  if (hasPodLevel(was) || hasPodLevel(spec)) errors.push(...podLevelErrors(spec, was, copy));
  if (list(child(old, "status"), "nodeAllocatableResourceClaimStatuses").length > 0)
    errors.push(forbiddenField("spec", "pods with node allocatable resource claims cannot be resized"));
  const order = orderErrors(spec, was);
  if (order.length > 0) return [...errors, ...order];
  for (const name of ["initContainers", "containers"])
    errors.push(...objects(was, name).flatMap((c, i) => removedErrors(objects(spec, name)[i], c, `spec.${name}[${i}].resources`)));
  errors.push(...containerChanges(spec, was, copy), ...initContainerChanges(spec, was, copy));
  return errors.length === 0 && !sameSpec(copy, was) ? [forbiddenField("spec", ONLY)] : errors;
}
/** A running container that has no resources in its status runs on a node that cannot resize. */
function isSupported(pod: KubeObject): boolean {
  const running = objects(child(pod, "status"), "containerStatuses").find((s) => has(child(s, "state"), "running"));
  return running === undefined || has(running, "resources");
}
const hasPodLevel = (spec: JsonObject): boolean => ["requests", "limits"].some((w) => entries(child(spec, "resources"), w).length > 0);

function podLevelErrors(spec: JsonObject, was: JsonObject, copy: JsonObject): Errors {
  const [now, before] = [child(spec, "resources"), child(was, "resources")];
  if (before !== undefined && now === undefined) return [forbiddenField("spec.resources", "pod-level resources cannot be removed")];
  const errors: FieldError[] = [];
  for (const which of ["requests", "limits"])
    if (before !== undefined && isRemoved(now, before, which))
      errors.push(forbiddenField(`spec.resources.${which}`, `pod-level resource ${which} cannot be removed`));
  const back = now === undefined ? undefined : withOldComputing(now, before);
  if (back === undefined || (before === undefined && isEmpty(back))) delete copy["resources"];
  else copy["resources"] = back;
  const same = equalJson(pruned(child(copy, "resources")), pruned(before));
  return same ? errors : [...errors, forbiddenField("spec", `${ONLY} at pod-level`)];
}
const isEmpty = (resources: JsonObject): boolean => Object.keys(pruned(resources)).length === 0;
const isRemoved = (now: JsonObject | undefined, before: JsonObject | undefined, which: string): boolean =>
  entries(before, which).some(([name]) => child(now, which)?.[name] === undefined);
const removedErrors = (now: JsonObject | undefined, before: JsonObject, path: string): Errors =>
  ["requests", "limits"].flatMap((which) =>
    isRemoved(child(now, "resources"), child(before, "resources"), which)
      ? [forbiddenField(`${path}.${which}`, `resource ${which} cannot be removed`)]
      : NONE,
  );

/** The new resources with the old cpu and memory. */
function withOldComputing(now: JsonObject, before: JsonObject | undefined): JsonObject {
  const back: JsonObject = { ...now };
  for (const which of ["requests", "limits"]) {
    const { cpu: _cpu, memory: _memory, ...others } = child(now, which) ?? {};
    const old = child(before, which) ?? {};
    const kept = Object.fromEntries(["cpu", "memory"].flatMap((n) => (old[n] === undefined ? [] : [[n, old[n] as Json]])));
    const all = { ...others, ...kept };
    if (Object.keys(all).length === 0) delete back[which];
    else back[which] = all;
  }
  return back;
}
const pruned = (resources: JsonObject | undefined): JsonObject =>
  Object.fromEntries(Object.entries(resources ?? {}).filter(([, v]) => Object.keys((v as object | null) ?? {}).length > 0));
/** Claims are lost here as in the original: a container with some cannot be resized at all. */
function withOldResources(now: JsonObject, before: JsonObject): JsonObject {
  const { limits, requests } = withOldComputing(child(now, "resources") ?? {}, child(before, "resources"));
  return { ...now, resources: pruned({ limits: limits ?? null, requests: requests ?? null }) };
}
const sameContainer = (a: JsonObject, b: JsonObject): boolean =>
  equalJson({ ...a, resources: pruned(child(a, "resources")) }, { ...b, resources: pruned(child(b, "resources")) }) || sameAmounts(a, b);
/** Equal but for the way quantities are written. */
function sameAmounts(a: JsonObject, b: JsonObject): boolean {
  if (!equalJson({ ...a, resources: null }, { ...b, resources: null })) return false;
  return ["limits", "requests"].every((which) => {
    const [now, before] = [entries(child(a, "resources"), which), entries(child(b, "resources"), which)];
    const same = ([name, q]: readonly [string, Json], i: number): boolean =>
      before[i]?.[0] === name && compareQuantities(quantity(q), quantity(before[i]?.[1])) === 0;
    return (
      now.length === before.length &&
      now.every(same) &&
      equalJson(field(child(a, "resources"), "claims"), field(child(b, "resources"), "claims"))
    );
  });
}
function sameSpec(copy: JsonObject, was: JsonObject): boolean {
  const lists = { containers: null, initContainers: null };
  return equalJson(
    { ...copy, ...lists, resources: pruned(child(copy, "resources")) },
    { ...was, ...lists, resources: pruned(child(was, "resources")) },
  );
}

function orderErrors(spec: JsonObject, was: JsonObject): Errors {
  return ["containers", "initContainers"].flatMap((name) => {
    const [now, before] = [objects(spec, name), objects(was, name)];
    if (now.length !== before.length) return [forbiddenField(`spec.${name}`, `${name} may not be added or removed on resize`)];
    const why = `${name} may not be renamed or reordered on resize`;
    return before.flatMap((c, i) => (text(now[i], "name") === text(c, "name") ? NONE : [forbiddenField(`spec.${name}[${i}].name`, why)]));
  });
}
function containerChanges(spec: JsonObject, was: JsonObject, copy: JsonObject): Errors {
  const before = objects(was, "containers");
  const back = objects(spec, "containers").map((c, i) => withOldResources(c, before[i] as JsonObject));
  copy["containers"] = back;
  return back.flatMap((c, i) => (sameContainer(c, before[i] as JsonObject) ? NONE : [forbiddenField("spec", ONLY)]));
}
function initContainerChanges(spec: JsonObject, was: JsonObject, copy: JsonObject): Errors {
  const before = objects(was, "initContainers");
  if (before.length === 0) return NONE;
  const now = objects(spec, "initContainers");
  const back = now.map((c, i) => withOldResources(c, before[i] as JsonObject));
  copy["initContainers"] = back;
  return back.flatMap((c, i) => {
    const at = `spec.initContainers[${i}]`;
    const errors: FieldError[] = [];
    if (!sameContainer(c, before[i] as JsonObject))
      errors.push(forbiddenField(at, "only cpu and memory resources for init or sidecar containers are mutable"));
    const changed = !sameContainer(now[i] as JsonObject, before[i] as JsonObject);
    if (changed && text(c, "restartPolicy") !== "Always")
      for (const p of objects(c, "resizePolicy"))
        if (text(p, "restartPolicy") === "RestartContainer")
          errors.push(forbiddenField(at, "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"));
    return errors;
  });
}
