import { dnsSubdomainErrors, type KubeObject } from "../../../kube/meta/index.js";
import { type MetaRules, metaErrors, metaUpdateErrors } from "../meta.js";
import type { Errors } from "./rules.js";

/** Metadata as at creation, where an update checks it again. */
export const metaOf = (o: KubeObject, rules: Partial<MetaRules> = {}): Errors =>
  metaErrors(o.metadata, { namespaced: true, name: dnsSubdomainErrors, standardFinalizers: true, ...rules });
export const metaChangesOf = (o: KubeObject, old: KubeObject): Errors =>
  metaUpdateErrors(o.metadata, old.metadata, { standardFinalizers: true });
