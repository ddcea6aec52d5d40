import { equalJson, invalid, type Json, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import { child, has, isTrue, objects, text, whole } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import { specOf, statusOf, templateOf } from "./parts.js";

/** The template is fixed, but while a job waits it may be told where its pods run and what they get. */
export function templateChanges(o: KubeObject, old: KubeObject): Errors {
  const [now, before] = [templateOf(o), templateOf(old)];
  if (!mayChange(old)) return fixed("spec.template", now, before, templateDump);
  const [spec, was] = [child(now, "spec") ?? {}, child(withDirectives(before, now), "spec") ?? {}];
  return fixed("spec.template.spec", spec, withResources(was, spec), podDump);
}
/** Suspended, without pods, and either not begun or known to be suspended. */
function mayChange(old: KubeObject): boolean {
  const status = statusOf(old);
  const told = objects(status, "conditions").some((c) => text(c, "type") === "Suspended" && text(c, "status") === "True");
  return isTrue(specOf(old), "suspend") && (!has(status, "startTime") || told) && whole(status, "active") === 0;
}
const fixed = (path: string, now: JsonObject, before: JsonObject, dump: (value: JsonObject) => Json): Errors =>
  equalJson(now, before) ? NONE : [invalid(path, dump(now), "field is immutable")];

function put(to: JsonObject, from: JsonObject, ...names: readonly string[]): void {
  for (const name of names) {
    if (from[name] === undefined) delete to[name];
    else to[name] = from[name] as Json;
  }
}
/** The old template with the new one's labels, annotations, and what the scheduler reads. */
function withDirectives(before: JsonObject, now: JsonObject): JsonObject {
  const metadata: JsonObject = { ...child(before, "metadata") };
  put(metadata, child(now, "metadata") ?? {}, "labels", "annotations");
  const spec: JsonObject = { ...child(before, "spec") };
  const wanted = child(now, "spec") ?? {};
  put(spec, wanted, "nodeSelector", "tolerations", "schedulingGates");
  const affinity: JsonObject = { ...child(spec, "affinity") };
  put(affinity, child(wanted, "affinity") ?? {}, "nodeAffinity");
  if (Object.keys(affinity).length > 0 || has(wanted, "affinity")) spec["affinity"] = affinity;
  else delete spec["affinity"];
  return { ...before, metadata, spec };
}
function withResources(before: JsonObject, now: JsonObject): JsonObject {
  const back: JsonObject = { ...before };
  for (const list of ["containers", "initContainers"]) {
    const [old, wanted] = [objects(before, list), objects(now, list)];
    if (old.length === 0 || old.length !== wanted.length) continue;
    back[list] = old.map((c, i) => {
      const same = text(c, "name") === text(wanted[i], "name");
      const copy = { ...c };
      if (same) put(copy, wanted[i] as JsonObject, "resources");
      return copy;
    });
  }
  return back;
}
/** Labels and annotations first, as the original prints them. */
const templateDump = (template: JsonObject): Json => ({ ...child(template, "metadata"), Spec: podDump(child(template, "spec") ?? {}) });
const podDump = (spec: JsonObject): Json =>
  Object.fromEntries(Object.entries(spec).map(([k, v]) => [k.charAt(0).toUpperCase() + k.slice(1), v]));
