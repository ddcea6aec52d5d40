import {
  compareQuantities,
  equalJson,
  type FieldError,
  forbiddenField,
  type Json,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { qualifiedName } from "../formats/names.js";
import { jsonDiff } from "../shared/diff.js";
import { selectorErrors } from "../shared/labels.js";
import { metaOf } from "../shared/meta-of.js";
import { nonNegativeQuantity, quantity } from "../shared/quantities.js";
import { child, childAt, entries, field, has, optionalText, text, texts } from "../shared/read.js";
import { basicQuantity, isNativeResource } from "../shared/resource-names.js";
import { type Errors, immutable, NONE, ofFormat } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { claimSpecWarnings } from "./claim-warnings.js";
import { type ClaimOptions, claimSpecErrors } from "./claims.js";

const CLASS = "volume.beta.kubernetes.io/storage-class";
const specOf = (o: KubeObject): JsonObject => child(o, "spec") ?? {};
const statusOf = (o: KubeObject): JsonObject => child(o, "status") ?? {};
const sizeOf = (o: KubeObject): string => text(childAt(specOf(o), "resources", "requests"), "storage") || "0";

const toleranceOf = (old: KubeObject): ClaimOptions => ({
  anyGroup: ["dataSource", "dataSourceRef"].some((f) => has(child(specOf(old), f), "apiGroup")),
  anyValue: selectorErrors(child(specOf(old), "selector"), "").length > 0,
});

const FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const [spec, was] = [specOf(o), specOf(old)];
  const errors: FieldError[] = [...metaOf(o), ...claimSpecErrors(spec, "spec", toleranceOf(old))];
  const upgraded = classFromAnnotation(o, old);
  const [annotation, before] = [o.metadata.annotations?.[CLASS] ?? "", old.metadata.annotations?.[CLASS] ?? ""];
  if (!upgraded) errors.push(...immutable(`metadata.annotations.${CLASS}`, annotation, before));
  const [now, then] = comparable(o, old, upgraded);
  if (!equalJson(now, then)) errors.push(forbiddenField("spec", `${FIXED}\n${jsonDiff(then, now)}`));
  errors.push(...shrinkErrors(o, old), ...immutable("volumeMode", field(spec, "volumeMode"), field(was, "volumeMode")));
  return [...errors, ...attributesErrors(o, old)];
}
/** Both specs with everything that may change made equal. */
function comparable(o: KubeObject, old: KubeObject, upgraded: boolean): readonly [JsonObject, JsonObject] {
  const now: JsonObject = { ...specOf(o) };
  const then: JsonObject = { ...specOf(old) };
  if (text(then, "volumeName") === "") putBack(then, now, "volumeName");
  if (upgraded) delete now["storageClassName"];
  else if (classFromNothing(o, old)) putBack(now, then, "storageClassName");
  if (text(statusOf(o), "phase") === "Bound") {
    const requests = childAt(now, "resources", "requests");
    const size = childAt(then, "resources", "requests")?.["storage"];
    if (requests !== undefined && size !== undefined)
      now["resources"] = { ...child(now, "resources"), requests: { ...requests, storage: size } };
    putBack(now, then, "volumeAttributesClassName");
  }
  return [now, then];
}
function putBack(to: JsonObject, from: JsonObject, name: string): void {
  if (from[name] === undefined) delete to[name];
  else to[name] = from[name] as Json;
}
/** The class was in an annotation, and moves to where it belongs. */
function classFromAnnotation(o: KubeObject, old: KubeObject): boolean {
  const [before, now] = [old.metadata.annotations?.[CLASS], o.metadata.annotations?.[CLASS]];
  const moved = before !== undefined && !has(specOf(old), "storageClassName") && optionalText(specOf(o), "storageClassName") === before;
  return moved && (now === undefined || now === before);
}
function classFromNothing(o: KubeObject, old: KubeObject): boolean {
  const before = old.metadata.annotations?.[CLASS];
  const now = optionalText(specOf(o), "storageClassName");
  return now !== undefined && !has(specOf(old), "storageClassName") && (before === undefined || before === now);
}
/** An expansion that failed may be taken back, down to what there is. */
function shrinkErrors(o: KubeObject, old: KubeObject): Errors {
  const size = quantity(sizeOf(o));
  const there = quantity(text(child(statusOf(old), "capacity"), "storage") || "0");
  if (compareQuantities(size, quantity(sizeOf(old))) >= 0 || compareQuantities(size, there) > 0) return NONE;
  return [forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity")];
}
function attributesErrors(o: KubeObject, old: KubeObject): Errors {
  const [now, before] = [optionalText(specOf(o), "volumeAttributesClassName"), optionalText(specOf(old), "volumeAttributesClassName")];
  if (now === before || !has(statusOf(old), "currentVolumeAttributesClassName") || (now ?? "") !== "") return NONE;
  const to = now === undefined ? "nil" : "empty string";
  const why = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbiddenField("spec.volumeAttributesClassName", why)];
}

const RESIZES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
].sort();
function keyErrors(key: string, path: string): Errors {
  const errors = ofFormat(path, key, qualifiedName);
  return errors.length > 0 || !isNativeResource(key) || key === "storage" ? errors : [notSupported(path, key, ["storage"])];
}
function statusErrors(o: KubeObject): Errors {
  const status = statusOf(o);
  const [states, allocated] = ["status.allocatedResourceStatuses", "status.allocatedResources"];
  return [
    ...(texts(specOf(o), "accessModes").length === 0 ? [required("Spec.accessModes")] : []),
    ...entries(status, "capacity").flatMap(([r, q]) => basicQuantity(`status.capacity[${r}]`, q)),
    ...entries(status, "allocatedResourceStatuses").flatMap(([key, state]) => [
      ...keyErrors(key, states),
      ...(RESIZES.includes(String(state)) ? [] : [notSupported(states, key, RESIZES)]),
    ]),
    ...entries(status, "allocatedResources").flatMap(([key, q]) => {
      const wrong = keyErrors(key, allocated);
      if (wrong.length > 0) return wrong;
      const basic = basicQuantity(`${allocated}[${key}]`, q);
      return basic.length > 0 ? basic : nonNegativeQuantity(`${allocated}[${key}]`, q);
    }),
  ];
}

export const CLAIM: KindRules = {
  create: (o) => claimSpecErrors(specOf(o), "spec"),
  update: updateErrors,
  parts: { status: statusErrors },
  warnings: (o) => [
    ...(o.metadata.annotations?.[CLASS] === undefined
      ? []
      : [`metadata.annotations[${CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`]),
    ...claimSpecWarnings(specOf(o), "spec"),
  ],
};
