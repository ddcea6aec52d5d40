import {
  duplicate,
  equalJson,
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalid,
  type JsonObject,
  type KubeObject,
  labelValueErrors,
  required,
} from "../../../kube/meta/index.js";
import { isV6, parseCidr } from "../formats/ip.js";
import { configKey, dnsSubdomain } from "../formats/names.js";
import { byteLength, longText } from "../formats/text.js";
import { FEATURE_BYTES_MAX } from "../limits.js";
import { TAINT_EFFECTS } from "../pods/scheduling.js";
import { cidrErrors, cidrWarnings } from "../shared/addresses.js";
import { internalForm, invalidDump } from "../shared/internal-form.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, childAt, entries, objects, optionalWhole, text, texts } from "../shared/read.js";
import { resourceQuantity } from "../shared/resource-names.js";
import { type Errors, label, NONE, oneOf, qualified, requiredText } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const specOf = (o: KubeObject): JsonObject => child(o, "spec") ?? {};
const statusOf = (o: KubeObject): JsonObject => child(o, "status") ?? {};

function taintErrors(o: KubeObject): Errors {
  const seen = new Set<string>();
  return objects(specOf(o), "taints").flatMap((taint, i) => {
    const at = `metadata.taints[${i}]`;
    const [key, effect] = [text(taint, "key"), text(taint, "effect")];
    const wrong = labelValueErrors(text(taint, "value"));
    const errors: FieldError[] = [...qualified(`${at}.key`, key)];
    if (wrong.length > 0) errors.push(invalid(`${at}.value`, text(taint, "value"), wrong.join(";")));
    errors.push(...oneOf(`${at}.effect`, effect, TAINT_EFFECTS, "required"));
    if (seen.has(`${effect}/${key}`))
      errors.push({ ...duplicate(at, taintDump(taint)), detail: "taints must be unique by key and effect pair" });
    seen.add(`${effect}/${key}`);
    return errors;
  });
}
const taintDump = (t: JsonObject) => ({
  Key: text(t, "key"),
  Value: text(t, "value"),
  Effect: text(t, "effect"),
  TimeAdded: t["timeAdded"] ?? null,
});
const resourceErrors = (o: KubeObject): Errors =>
  ["capacity", "allocatable"].flatMap((list) =>
    entries(statusOf(o), list).flatMap(([name, value]) => resourceQuantity(`status.${list}.${name}`, name, value)),
  );

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_FORM =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
function featureErrors(o: KubeObject): Errors {
  const features = texts(statusOf(o), "declaredFeatures");
  const path = "status.declaredFeatures";
  return features.flatMap((feature, i) => {
    const why = byteLength(feature) > FEATURE_BYTES_MAX ? longText(FEATURE_BYTES_MAX) : FEATURE.test(feature) ? undefined : FEATURE_FORM;
    const errors: FieldError[] =
      why === undefined ? [] : [invalid(`${path}[${i}]`, feature, `invalid feature name ${JSON.stringify(feature)}: ${why}`)];
    const next = features[i + 1];
    if (next === undefined) return errors;
    if (next === feature) errors.push(duplicate(`${path}[${i + 1}]`, next));
    else if (feature > next) errors.push(invalid(`${path}[${i + 1}]`, next, "list must be sorted alphabetically"));
    return errors;
  });
}
function podRanges(o: KubeObject): Errors {
  const ranges = texts(specOf(o), "podCIDRs");
  const errors: FieldError[] = ranges.flatMap((r, i) => [...cidrErrors(`spec.podCIDRs[${i}]`, r)]);
  if (ranges.length < 2) return errors;
  const bad = ranges.findIndex((r) => parseCidr(r) === undefined);
  const unread = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${ranges[bad] ?? ""})`;
  if (bad >= 0) errors.push(internalFieldError("spec.podCIDRs", unread));
  const families = new Set(ranges.map((r) => isV6(parseCidr(r)?.ip ?? { bytes: [], sloppy: false })));
  if (bad < 0 && families.size === 2 && ranges.length === 2) return errors;
  return [...errors, invalid("spec.podCIDRs", [...ranges], "may specify no more than one CIDR for each IP family")];
}
function nodeErrors(o: KubeObject): Errors {
  const swap = optionalWhole(childAt(statusOf(o), "nodeInfo", "swap"), "capacity");
  return [
    ...metaOf(o, { namespaced: false }),
    ...taintErrors(o),
    ...resourceErrors(o),
    ...(swap !== undefined && swap <= 0 ? [invalid("metadata.nodeSwapStatus.capacity", swap, "must be greater than zero")] : []),
    ...featureErrors(o),
    ...podRanges(o),
  ];
}

function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const [spec, was] = [specOf(o), specOf(old)];
  const [ranges, before] = [texts(spec, "podCIDRs"), texts(was, "podCIDRs")];
  const changed = before.length === ranges.length ? before.filter((r, i) => r !== ranges[i]).length : 1;
  const source = child(spec, "configSource");
  const moved = text(was, "providerID") !== "" && text(was, "providerID") !== text(spec, "providerID");
  const frozen = (what: string): string => `node updates may not change ${what} except from "" to valid`;
  return [
    ...metaChangesOf(o, old),
    ...resourceErrors(o),
    ...featureErrors(o),
    ...addressErrors(o),
    ...Array.from({ length: before.length === 0 ? 0 : changed }, () => forbiddenField("spec.podCIDRs", frozen("podCIDR"))),
    ...(moved ? [forbiddenField("spec.providerID", frozen("providerID"))] : []),
    ...(source === undefined ? [] : configSource(source, "spec.configSource", "spec")),
    ...configStatus(child(statusOf(o), "config")),
    ...taintErrors(o),
    ...(text(spec, "externalID") === text(was, "externalID") ? [] : [forbiddenField("spec.externalID", "may not be updated")]),
  ];
}
const addressErrors = (o: KubeObject): Errors => {
  const addresses = objects(statusOf(o), "addresses");
  return addresses.flatMap((a, i) =>
    addresses.slice(0, i).some((b) => equalJson(a, b)) ? [duplicate(`status.addresses[${i}]`, internalForm(a))] : NONE,
  );
};
function configStatus(config: JsonObject | undefined): Errors {
  return ["assigned", "active", "lastKnownGood"].flatMap((f) => {
    const source = child(config, f);
    return source === undefined ? NONE : configSource(source, `status.config.${f}`, "status");
  });
}
/** A feature that is gone; old nodes may still have some. */
function configSource(source: JsonObject, path: string, where: "spec" | "status"): Errors {
  const map = child(source, "configMap");
  if (map === undefined) return [invalidDump(path, source, "exactly one reference subfield must be non-nil")];
  const at = `${path}.configMap`;
  const errors: FieldError[] = ["uid", "resourceVersion"].flatMap((f) => {
    const given = text(map, f) !== "";
    if (where === "spec") return given ? [forbiddenField(`${at}.${f}`, `${f} must not be set in spec`)] : [];
    return given ? [] : [required(`${at}.${f}`)];
  });
  const namespace = text(map, "namespace");
  return [
    ...errors,
    ...(namespace === "" ? [required(`${at}.namespace`)] : label(`${at}.namespace`, namespace)),
    ...requiredText(`${at}.name`, text(map, "name"), dnsSubdomain),
    ...requiredText(`${at}.kubeletConfigKey`, text(map, "kubeletConfigKey"), configKey),
  ];
}

export const NODE: KindRules = {
  ownMetadata: "all",
  create: nodeErrors,
  update: (o, old) => [...nodeErrors(o), ...updateErrors(o, old)],
  parts: { status: updateErrors },
  warnings: (o) => [
    ...(child(specOf(o), "configSource") === undefined ? [] : ["spec.configSource: the feature is removed"]),
    ...(text(specOf(o), "externalID") === "" ? [] : ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]),
    ...texts(specOf(o), "podCIDRs").flatMap((r, i) => cidrWarnings(`spec.podCIDRs[${i}]`, r)),
  ],
};
