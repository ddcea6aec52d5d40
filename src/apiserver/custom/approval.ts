import { isObject, type Json, type KubeObject } from "../../kube/meta/index.js";

export const APPROVAL = "api-approved.kubernetes.io";
export type Approval = "missing" | "invalid" | "approved" | "bypassed";

/** Groups of the community: their kinds need a review. */
export const isProtected = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group);

const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";
/** What the annotation says of the review, and the words for it. */
export function approvalOf(crd: KubeObject): { readonly state: Approval; readonly reason: string } {
  const annotations = crd.metadata.annotations as Json | undefined;
  const given = isObject(annotations) ? annotations[APPROVAL] : undefined;
  const value = typeof given === "string" ? given : "";
  const must = `protected groups must have approval annotation ${JSON.stringify(APPROVAL)}`;
  if (value === "") return { state: "missing", reason: `${must}, ${SEE}` };
  if (value.startsWith("unapproved")) return { state: "bypassed", reason: `not approved: ${JSON.stringify(value)}` };
  if (isAddress(value)) return { state: "approved", reason: `approved in ${value}` };
  return { state: "invalid", reason: `${must} with either a URL or a reason starting with "unapproved", ${SEE}` };
}
function isAddress(value: string): boolean {
  try {
    return /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(value) && new URL(value).host !== "";
  } catch {
    return false;
  }
}
