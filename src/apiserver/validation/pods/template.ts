import { forbiddenField, type JsonObject } from "../../../kube/meta/index.js";
import { annotationErrors, labelErrors } from "../shared/labels.js";
import { child, childAt, list } from "../shared/read.js";
import type { Errors } from "../shared/rules.js";
import { appArmorAgreement, podAnnotationErrors, seccompAgreement } from "./annotations.js";
import type { PodOptions } from "./options.js";
import { podSpecErrors } from "./spec.js";
import { toleratedOf } from "./tolerated.js";

export type Annotations = { readonly [key: string]: string };
export const templateLabels = (template: JsonObject | undefined): JsonObject | undefined => childAt(template, "metadata", "labels");
export const templateAnnotations = (template: JsonObject | undefined): Annotations =>
  (childAt(template, "metadata", "annotations") ?? {}) as Annotations;
const specOf = (template: JsonObject | undefined): JsonObject => child(template, "spec") ?? {};

/** Labels and annotations of a template: their paths leave "metadata" out. */
export function templateMetaErrors(template: JsonObject, path: string, options: PodOptions): Errors {
  const annotations = templateAnnotations(template);
  return [
    ...labelErrors(templateLabels(template), `${path}.labels`),
    ...annotationErrors(annotations, `${path}.annotations`),
    ...podAnnotationErrors(annotations, specOf(template), `${path}.annotations`, options),
  ];
}
/** PodTemplateSpec: of workloads and of PodTemplate. */
export function templateErrors(template: JsonObject, path: string, options: PodOptions = {}): Errors {
  const [annotations, spec] = [templateAnnotations(template), specOf(template)];
  const ephemeral = list(spec, "ephemeralContainers").length > 0;
  return [
    ...templateMetaErrors(template, path, options),
    ...podSpecErrors(spec, `${path}.spec`, options),
    ...seccompAgreement(annotations, spec, `${path}.spec`),
    ...appArmorAgreement(annotations, spec, `${path}.spec`),
    ...(ephemeral ? [forbiddenField(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")] : []),
  ];
}
/** What the stored template already breaks. */
export const templateTolerance = (old: JsonObject | undefined): PodOptions =>
  old === undefined ? {} : toleratedOf(specOf(old), (child(old, "metadata") ?? {}) as object);
