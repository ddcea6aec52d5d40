import { dnsLabelErrors, invalid, type KubeObject, qualifiedNameErrors } from "../../../kube/meta/index.js";
import { standardFinalizerErrors } from "../meta.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, text, texts } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const finalizerErrors = (name: string, path: string): Errors => [
  ...qualifiedNameErrors(name).map((m) => invalid(path, name, m)),
  ...standardFinalizerErrors(name, path),
];
const finalizersOf = (o: KubeObject): readonly string[] => texts(child(o, "spec"), "finalizers");
const whole = (o: KubeObject): Errors => [
  ...metaOf(o, { namespaced: false, name: dnsLabelErrors }),
  ...finalizersOf(o).flatMap((f) => finalizerErrors(f, "spec.finalizers")),
];
function statusErrors(o: KubeObject): Errors {
  const phase = text(child(o, "status"), "phase");
  const wanted = o.metadata.deletionTimestamp ? "Terminating" : "Active";
  if (phase === wanted) return NONE;
  const when = wanted === "Active" ? "is empty" : "is not empty";
  return [invalid("status.Phase", phase, `may only be '${wanted}' if \`deletionTimestamp\` ${when}`)];
}
export const NAMESPACE: KindRules = {
  name: dnsLabelErrors,
  ownMetadata: "all",
  create: whole,
  update: (o, old) => [...whole(o), ...metaChangesOf(o, old)],
  parts: {
    status: (o, old) => [...metaChangesOf(o, old), ...statusErrors(o)],
    finalize: (o, old) => [...metaChangesOf(o, old), ...finalizersOf(o).flatMap((f, i) => finalizerErrors(f, `spec.finalizers[${i}]`))],
  },
};
