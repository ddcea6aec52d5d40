import { type FieldError, forbiddenField, invalid, type JsonObject } from "../../../kube/meta/index.js";
import { descending } from "../shared/paths.js";
import { child, childAt, optionalText, text } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import type { PodOptions } from "./options.js";
import { allContainers } from "./visit.js";

/** Annotations that mean something to pods, and their agreement with the fields that came after them. */
export const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
const LOCALHOST = "localhost/";

type Annotations = { readonly [key: string]: string };
const sorted = (annotations: Annotations): readonly (readonly [string, string])[] =>
  Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));

export function podAnnotationErrors(annotations: Annotations, spec: JsonObject, path: string, options: PodOptions): Errors {
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && text(spec, "nodeName") === "")
    errors.push(invalid(`${path}[${MIRROR}]`, mirror, "must set spec.nodeName if mirror pod annotation is set"));
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !options.anyDeletionCost && !isDeletionCost(cost))
    errors.push(invalid(`${path}[${DELETION_COST}]`, cost, "must be a 32bit integer"));
  if (annotations[SECCOMP_POD] !== undefined) errors.push(...seccomp(`${path}.${SECCOMP_POD}`, annotations[SECCOMP_POD]));
  for (const [key, value] of sorted(annotations)) if (key.startsWith(SECCOMP_CONTAINER)) errors.push(...seccomp(`${path}.${key}`, value));
  const names = new Set(allContainers(spec, "").map(({ container }) => text(container, "name")));
  for (const [key, value] of sorted(annotations)) {
    if (!key.startsWith(APPARMOR)) continue;
    const name = key.slice(APPARMOR.length);
    if (!names.has(name)) errors.push(invalid(`${path}[${key}]`, name, "container not found"));
    if (!isAppArmor(value)) errors.push(invalid(`${path}[${key}]`, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`));
  }
  return errors;
}
/** No plus sign, no leading zeros, 32 bits; anything digits after a minus. */
export const isDeletionCost = (value: string): boolean =>
  /^(0|-\d+|[1-9]\d*)$/.test(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31;
export const deletionCost = (annotations: Annotations | undefined): string | undefined => annotations?.[DELETION_COST];

function seccomp(path: string, profile: string): Errors {
  if (profile === "runtime/default" || profile === "docker/default" || profile === "unconfined") return NONE;
  if (profile.startsWith(LOCALHOST)) return descending(path, profile.slice(LOCALHOST.length));
  return [invalid(path, profile, "must be a valid seccomp profile")];
}
const isAppArmor = (profile: string): boolean =>
  profile === "" || profile === "runtime/default" || profile === "unconfined" || profile.startsWith(LOCALHOST);

export function annotationUpdateErrors(now: Annotations, old: Annotations, spec: JsonObject, path: string, options: PodOptions): Errors {
  const errors: FieldError[] = [];
  for (const [key, value] of sorted(old)) {
    if (now[key] === value) continue;
    if (key.startsWith(APPARMOR)) errors.push(forbiddenField(`${path}[${key}]`, "may not remove or update AppArmor annotations"));
    if (key === MIRROR) errors.push(forbiddenField(`${path}[${key}]`, "may not remove or update mirror pod annotation"));
  }
  for (const [key] of sorted(now)) {
    if (old[key] !== undefined) continue;
    if (key.startsWith(APPARMOR)) errors.push(forbiddenField(`${path}[${key}]`, "may not add AppArmor annotations"));
    if (key === MIRROR) errors.push(forbiddenField(`${path}[${key}]`, "may not add mirror pod annotation"));
  }
  return [...errors, ...podAnnotationErrors(now, spec, path, options)];
}

// ---------------------------------------------------------------- agreement with fields

/** "type" or "profile" of a field that the annotation contradicts. */
function contradiction(annotation: string, profile: JsonObject, defaults: readonly string[]): "type" | "localhostProfile" | undefined {
  const type = text(profile, "type");
  if (type === "Unconfined") return annotation === "unconfined" ? undefined : "type";
  if (type === "RuntimeDefault") return defaults.includes(annotation) ? undefined : "type";
  if (type !== "Localhost") return undefined;
  if (!annotation.startsWith(LOCALHOST)) return "type";
  return optionalText(profile, "localhostProfile") === annotation.slice(LOCALHOST.length) ? undefined : "localhostProfile";
}
function agreement(annotation: string | undefined, profile: JsonObject | undefined, path: string, kind: "seccomp" | "apparmor"): Errors {
  if (annotation === undefined || profile === undefined) return NONE;
  const wrong = contradiction(annotation, profile, kind === "seccomp" ? ["runtime/default", "docker/default"] : ["runtime/default"]);
  if (wrong === undefined) return NONE;
  return [forbiddenField(`${path}.${wrong}`, `${kind} ${wrong === "type" ? "type" : "profile"} in annotation and field must match`)];
}

export function seccompAgreement(annotations: Annotations, spec: JsonObject, path: string): Errors {
  const ofPod = childAt(spec, "securityContext", "seccompProfile");
  return [
    ...agreement(annotations[SECCOMP_POD], ofPod, `${path}.securityContext.seccompProfile`, "seccomp"),
    ...allContainers(spec, path).flatMap(({ container, at }) => {
      const own = childAt(container, "securityContext", "seccompProfile");
      const annotation = annotations[`${SECCOMP_CONTAINER}${text(container, "name")}`];
      return agreement(annotation, own, `${at}.securityContext.seccompProfile`, "seccomp");
    }),
  ];
}
export function appArmorAgreement(annotations: Annotations, spec: JsonObject, path: string): Errors {
  if (text(child(spec, "os"), "name") === "windows") return NONE;
  const ofPod = childAt(spec, "securityContext", "appArmorProfile");
  return allContainers(spec, path).flatMap(({ container, at }) => {
    const profile = childAt(container, "securityContext", "appArmorProfile") ?? ofPod;
    const annotation = annotations[`${APPARMOR}${text(container, "name")}`];
    return agreement(annotation, profile, `${at}.securityContext.appArmorProfile`, "apparmor");
  });
}

/** What an old annotation says, as the field that replaced it; undefined: nothing that a field can say. */
export function appArmorField(annotation: string): JsonObject | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const local = annotation.startsWith(LOCALHOST) ? annotation.slice(LOCALHOST.length) : "";
  const usable = local !== "" && local === local.trim() && local.length <= 4_095;
  return usable ? { type: "Localhost", localhostProfile: local } : undefined;
}
export const appArmorKey = (container: string): string => `${APPARMOR}${container}`;
export const seccompKey = (container: string): string => `${SECCOMP_CONTAINER}${container}`;
export const SECCOMP_POD_KEY = SECCOMP_POD;
