import { equalJson, invalid, type Json, type KubeObject } from "../../../kube/meta/index.js";
import { internalForm } from "../shared/internal-form.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, field } from "../shared/read.js";
import { type Errors, IMMUTABLE, NONE } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import { templateMetaErrors } from "../shared/template-meta.js";
import type { KindRules } from "../types.js";
import { claimSpecErrors } from "./claim-spec.js";
import { claimStatusErrors } from "./claim-status.js";

const specChanged = (o: KubeObject, old: KubeObject): Errors =>
  equalJson(specOf(o), specOf(old)) ? NONE : [invalid("spec", internalForm((field(o, "spec") ?? {}) as Json), IMMUTABLE)];

export const RESOURCE_CLAIM: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o), ...claimSpecErrors(specOf(o), "spec")],
  update: (o, old) => [...metaOf(o), ...metaChangesOf(o, old), ...specChanged(o, old)],
  parts: { status: (o, old) => [...metaChangesOf(o, old), ...claimStatusErrors(o, old)] },
};

const templateErrors = (o: KubeObject): Errors => [
  ...metaOf(o),
  ...templateMetaErrors(child(specOf(o), "metadata"), "spec.metadata"),
  ...claimSpecErrors(child(specOf(o), "spec"), "spec.spec"),
];
export const RESOURCE_CLAIM_TEMPLATE: KindRules = {
  ownMetadata: "all",
  create: templateErrors,
  update: (o, old) => [...templateErrors(o), ...metaChangesOf(o, old), ...specChanged(o, old)],
};
