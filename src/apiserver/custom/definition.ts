import type { JsonObject, KubeObject } from "../../kube/meta/index.js";
import { structuralOf } from "../../kube/schema/index.js";
import { type CustomColumn, type CustomDefinition, compareVersions, type DefinedVersion, type ScalePaths } from "../resources/index.js";
import { child, flag, isTrue, objects, specOf, statusOf, text, texts, versionsOf } from "./read.js";

/** Kinds without columns of their own show their age. */
const AGE: CustomColumn = { name: "Age", type: "date", format: "", description: "", priority: 0, jsonPath: ".metadata.creationTimestamp" };

/** What the API serves of a definition; undefined: its names are not accepted. `reread` gives the definition once more, when its schema
 *  is needed: none is kept. */
export function servedDefinition(crd: KubeObject, reread: () => KubeObject): CustomDefinition | undefined {
  if (!isTrue(crd, "Established") && !isTrue(crd, "NamesAccepted")) return undefined;
  const spec = specOf(crd);
  const names = child(statusOf(crd), "acceptedNames");
  return {
    group: text(spec, "group"),
    namespaced: text(spec, "scope") === "Namespaced",
    names: {
      plural: text(names, "plural"),
      singular: text(names, "singular"),
      kind: text(names, "kind"),
      listKind: text(names, "listKind"),
      shortNames: texts(names, "shortNames"),
      categories: texts(names, "categories"),
    },
    versions: versionsOf(crd)
      .map((version) => definedVersion(crd, version, reread))
      .sort((a, b) => compareVersions(a.name, b.name)),
    isTerminating: isTrue(crd, "Terminating"),
    preservesUnknown: flag(spec, "preserveUnknownFields"),
  };
}

function definedVersion(crd: KubeObject, version: JsonObject, reread: () => KubeObject): DefinedVersion {
  const name = text(version, "name");
  const parts = child(version, "subresources");
  const columns = objects(version, "additionalPrinterColumns");
  const props = (): JsonObject | undefined => {
    const now = versionsOf(reread()).find((v) => text(v, "name") === name);
    return child(child(now, "schema"), "openAPIV3Schema");
  };
  return {
    name,
    isServed: flag(version, "served"),
    isStored: flag(version, "storage"),
    deprecation: flag(version, "deprecated") ? deprecationOf(crd, version) : undefined,
    hasStatus: parts?.["status"] !== undefined,
    scale: child(parts, "scale") === undefined ? undefined : scalePaths(child(parts, "scale")),
    columns: columns.length === 0 ? [AGE] : columns.map(columnOf),
    selectableFields: objects(version, "selectableFields").map((f) => text(f, "jsonPath")),
    schema: () => {
      const found = props();
      return found === undefined ? undefined : structuralOf(found);
    },
    props,
  };
}
const columnOf = (c: JsonObject): CustomColumn => ({
  name: text(c, "name"),
  type: text(c, "type"),
  format: text(c, "format"),
  description: text(c, "description"),
  priority: Number(c["priority"] ?? 0),
  jsonPath: text(c, "jsonPath"),
});
const steps = (path: string): readonly string[] => path.replace(/^\./, "").split(".");
function scalePaths(scale: JsonObject | undefined): ScalePaths {
  const selector = text(scale, "labelSelectorPath");
  return {
    spec: steps(text(scale, "specReplicasPath")),
    status: steps(text(scale, "statusReplicasPath")),
    selector: selector === "" ? undefined : steps(selector),
  };
}

function deprecationOf(crd: KubeObject, version: JsonObject): string {
  const own = version["deprecationWarning"];
  if (typeof own === "string") return own;
  const group = text(specOf(crd), "group");
  const kind = text(child(specOf(crd), "names"), "kind");
  const name = text(version, "name");
  const better = versionsOf(crd)
    .filter((v) => flag(v, "served") && !flag(v, "deprecated") && compareVersions(text(v, "name"), name) < 0)
    .map((v) => text(v, "name"))
    .sort(compareVersions);
  const plain = `${group}/${name} ${kind} is deprecated`;
  return better[0] === undefined ? plain : `${plain}; use ${group}/${better[0]} ${kind}`;
}
