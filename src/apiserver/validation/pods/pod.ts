import {
  dnsSubdomainErrors,
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  required,
} from "../../../kube/meta/index.js";
import { INT32_MAX } from "../limits.js";
import { metaErrors } from "../meta.js";
import { jsonDiff } from "../shared/diff.js";
import { child, field, list, objects, optionalWhole, text } from "../shared/read.js";
import { type Errors, inRange, NONE } from "../shared/rules.js";
import { annotationUpdateErrors, appArmorAgreement, podAnnotationErrors, seccompAgreement } from "./annotations.js";
import { imagePadding } from "./containers.js";
import { withoutGatedChanges } from "./gated.js";
import type { PodOptions } from "./options.js";
import { tolerationErrors } from "./scheduling.js";
import { podSpecErrors } from "./spec.js";
import { toleratedOf } from "./tolerated.js";

type Annotations = { readonly [key: string]: string };
export const specOf = (pod: KubeObject): JsonObject => child(pod, "spec") ?? {};
export const annotationsOf = (pod: KubeObject): Annotations => pod.metadata.annotations ?? {};
export const optionsFor = (pod: KubeObject, old: KubeObject | undefined): PodOptions => ({
  ...(old === undefined ? {} : toleratedOf(specOf(old), old.metadata)),
  meta: pod.metadata,
});

/** Annotations, the spec, and what holds for pods and not for templates. */
function podErrors(pod: KubeObject, options: PodOptions): Errors {
  const spec = specOf(pod);
  return [
    ...podAnnotationErrors(annotationsOf(pod), spec, "metadata.annotations", options),
    ...podSpecErrors(spec, "spec", options),
    ...tokenErrors(spec),
    ...["containers", "initContainers"].flatMap((l) => objects(spec, l).flatMap((c, i) => imagePadding(c, `spec.${l}[${i}]`))),
  ];
}
export const wholePodErrors = (pod: KubeObject, options: PodOptions): Errors => [
  ...metaErrors(pod.metadata, { namespaced: true, name: dnsSubdomainErrors, standardFinalizers: true }),
  ...podErrors(pod, options),
];
function tokenErrors(spec: JsonObject): Errors {
  if (text(spec, "serviceAccountName") !== "") return NONE;
  const why = "must not be specified when serviceAccountName is not set";
  return objects(spec, "volumes").flatMap((v, i) =>
    objects(child(v, "projected"), "sources").flatMap((s, j) =>
      child(s, "serviceAccountToken") === undefined
        ? []
        : [forbiddenField(`spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`, why)],
    ),
  );
}

export function createErrors(pod: KubeObject): Errors {
  const spec = specOf(pod);
  const errors: FieldError[] = [...podErrors(pod, optionsFor(pod, undefined))];
  if (list(spec, "ephemeralContainers").length > 0) errors.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"));
  if (text(spec, "nodeName") !== "" && list(spec, "schedulingGates").length > 0)
    errors.push(forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  return [...errors, ...seccompAgreement(annotationsOf(pod), spec, "spec"), ...appArmorAgreement(annotationsOf(pod), spec, "spec")];
}

const ONLY =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

export function updateErrors(pod: KubeObject, old: KubeObject): Errors {
  const options = optionsFor(pod, old);
  const [spec, was] = [specOf(pod), specOf(old)];
  const errors: FieldError[] = [
    ...wholePodErrors(pod, options),
    ...annotationUpdateErrors(annotationsOf(pod), annotationsOf(old), spec, "metadata.annotations", options),
  ];
  for (const name of ["containers", "initContainers"]) {
    const [now, before] = [objects(spec, name), objects(was, name)];
    if (now.length !== before.length) return [...errors, forbiddenField(`spec.${name}`, "pod updates may not add or remove containers")];
    errors.push(...now.flatMap((c, i) => imageErrors(c, `spec.${name}[${i}]`)));
  }
  const deadline = deadlineErrors(spec, was);
  errors.push(...deadline.errors);
  if (deadline.stop) return errors;
  errors.push(...addedTolerations(objects(spec, "tolerations"), objects(was, "tolerations"), "spec.tolerations"));
  errors.push(...deletedGates(objects(spec, "schedulingGates"), objects(was, "schedulingGates")));
  if (equalJson(spec, was)) return errors;
  const gated = withoutGatedChanges(withoutAllowed(spec, was), was);
  errors.push(...gated.errors);
  if (!equalJson(gated.spec, was)) errors.push(forbiddenField("spec", `${ONLY}\n${jsonDiff(was, gated.spec)}`));
  return errors;
}
const imageErrors = (container: JsonObject, path: string): Errors => [
  ...(text(container, "image") === "" ? [required(`${path}.image`)] : []),
  ...imagePadding(container, path),
];

function deadlineErrors(spec: JsonObject, was: JsonObject): { readonly errors: Errors; readonly stop: boolean } {
  const path = "spec.activeDeadlineSeconds";
  const [now, before] = [optionalWhole(spec, "activeDeadlineSeconds"), optionalWhole(was, "activeDeadlineSeconds")];
  if (now === undefined) {
    const cleared = before !== undefined ? [invalid(path, null, "must not update from a positive integer to nil value")] : NONE;
    return { errors: cleared, stop: false };
  }
  const range = inRange(path, now, 0, INT32_MAX);
  if (range.length > 0) return { errors: range, stop: true };
  const raised = before !== undefined && before < now;
  return { errors: raised ? [invalid(path, now, "must be less than or equal to previous value")] : NONE, stop: raised };
}

/** Old ones stay as they are but for their seconds; then all are checked once more. */
function addedTolerations(now: readonly JsonObject[], was: readonly JsonObject[], path: string): Errors {
  const kept = was.every((o) => now.some((n) => equalJson({ ...n, tolerationSeconds: 0 }, { ...o, tolerationSeconds: 0 })));
  if (!kept) return [forbiddenField(path, "existing toleration can not be modified except its tolerationSeconds")];
  return tolerationErrors(now, path);
}
function deletedGates(now: readonly JsonObject[], was: readonly JsonObject[]): Errors {
  const old = new Set(was.map((g) => text(g, "name")));
  return now.flatMap((gate, i) => {
    const name = text(gate, "name");
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return old.has(name) ? NONE : [forbiddenField(`spec.schedulingGates[${i}].name`, why)];
  });
}

/** The new spec with everything that any pod may change put back. */
function withoutAllowed(spec: JsonObject, was: JsonObject): JsonObject {
  const back: JsonObject = { ...spec };
  for (const name of ["containers", "initContainers"]) {
    const before = objects(was, name);
    if (before.length > 0) back[name] = objects(spec, name).map((c, i) => withField(c, "image", field(before[i], "image")));
  }
  for (const name of ["activeDeadlineSeconds", "schedulingGates", "tolerations"]) putBack(back, was, name);
  const before = optionalWhole(was, "terminationGracePeriodSeconds");
  if (before !== undefined && before < 0 && optionalWhole(spec, "terminationGracePeriodSeconds") === 1)
    putBack(back, was, "terminationGracePeriodSeconds");
  return back;
}
function putBack(to: JsonObject, from: JsonObject, name: string): void {
  if (from[name] === undefined) delete to[name];
  else to[name] = from[name] as Json;
}
function withField(o: JsonObject, name: string, value: Json | undefined): JsonObject {
  const copy = { ...o };
  if (value === undefined) delete copy[name];
  else copy[name] = value;
  return copy;
}
