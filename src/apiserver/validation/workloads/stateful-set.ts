import {
  dnsLabelErrors,
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  required,
} from "../../../kube/meta/index.js";
import { claimSpecWarnings } from "../core/claim-warnings.js";
import { claimSpecErrors } from "../core/claims.js";
import type { PodOptions } from "../pods/options.js";
import { templateErrors, templateLabels, templateMetaErrors, templateTolerance } from "../pods/template.js";
import { templateWarnings } from "../pods/warnings.js";
import { internalForm, invalidDump, invalidSelector } from "../shared/internal-form.js";
import { isEmptySelector } from "../shared/labels.js";
import { metaChangesOf } from "../shared/meta-of.js";
import { child, field, objects, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, intOrPercent, intOrPercentNumber, label, NONE, nonNegative, notOverHundred, oneOf } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import {
  alwaysErrors,
  boundedBy,
  collisions,
  counters,
  isConvertible,
  mismatchError,
  selectorRules,
  selects,
  specOf,
  statusOf,
  templateOf,
} from "./parts.js";

interface SetOptions {
  readonly update: boolean;
  /** The stored set breaks a rule of its template already. */
  readonly anyTemplate: boolean;
  readonly pods: PodOptions;
}

function specErrors(spec: JsonObject, options: SetOptions): Errors {
  const management = text(spec, "podManagementPolicy");
  const service = text(spec, "serviceName");
  const known = management === "OrderedReady" || management === "Parallel";
  const retention = child(spec, "persistentVolumeClaimRetentionPolicy");
  const template = child(spec, "template") ?? {};
  return [
    ...(management === "" ? [required("spec.podManagementPolicy")] : []),
    ...(management === "" || known ? [] : [invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'")]),
    ...strategyErrors(child(spec, "updateStrategy") ?? {}),
    ...(retention === undefined ? [] : ["whenDeleted", "whenScaled"]).flatMap((f) =>
      oneOf(`spec.persistentVolumeClaimRetentionPolicy.${f}`, text(retention, f), ["Retain", "Delete"]),
    ),
    ...(options.update ? [] : objects(spec, "volumeClaimTemplates")).flatMap((c, i) =>
      claimSpecErrors(child(c, "spec") ?? {}, `spec.volumeClaimTemplates[${i}].spec`),
    ),
    ...nonNegative("spec.replicas", whole(spec, "replicas")),
    ...nonNegative("spec.minReadySeconds", whole(spec, "minReadySeconds")),
    ...nonNegative("spec.ordinals.start", optionalWhole(child(spec, "ordinals"), "start")),
    ...(options.update || service === "" ? [] : label("spec.serviceName", service)),
    ...selectorRules(spec, "statefulset"),
    ...templateRules(spec, options),
    ...alwaysErrors(template, "spec.template", "StatefulSet"),
  ];
}
function strategyErrors(strategy: JsonObject): Errors {
  const path = "spec.updateStrategy";
  const [type, rolling] = [text(strategy, "type"), child(strategy, "rollingUpdate")];
  if (type === "") return [required(path)];
  if (type === "OnDelete")
    return rolling === undefined
      ? NONE
      : [invalidDump(`${path}.rollingUpdate`, rolling, "only allowed for updateStrategy 'RollingUpdate'")];
  if (type !== "RollingUpdate") {
    const dump = { Type: type, RollingUpdate: internalForm(rolling) };
    return [invalid(path, dump, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  if (rolling === undefined) return NONE;
  const at = `${path}.rollingUpdate`;
  const most = field(rolling, "maxUnavailable");
  const errors: FieldError[] = [...nonNegative(`${at}.partition`, whole(rolling, "partition"))];
  if (most === undefined) return errors;
  const zero = intOrPercentNumber(most) === 0 ? [invalid(`${at}.maxUnavailable`, most, "cannot be 0")] : [];
  return [...errors, ...intOrPercent(`${at}.maxUnavailable`, most), ...zero, ...notOverHundred(`${at}.maxUnavailable`, most)];
}
function templateRules(spec: JsonObject, options: SetOptions): Errors {
  const selector = child(spec, "selector");
  if (!isConvertible(selector)) return [invalidSelector("spec.selector", selector, "")];
  const template = withClaims(child(spec, "template") ?? {}, spec);
  const differs = !(selector !== undefined && isEmptySelector(selector)) && !selects(selector, templateLabels(template));
  return [
    ...(differs ? [mismatchError(template, "spec.template")] : []),
    ...(options.anyTemplate ? [] : templateErrors(template, "spec.template", options.pods)),
    // Once more: the original does.
    ...templateMetaErrors(template, "spec.template", options.pods),
  ];
}
/** The template as its pods will have it: with a volume a claim, and a name of their own. */
function withClaims(template: JsonObject, spec: JsonObject): JsonObject {
  const claims = objects(spec, "volumeClaimTemplates").map((c) => text(child(c, "metadata"), "name"));
  const names = [...new Set(claims)];
  const { hostname: _h, subdomain: _s, ...pod } = child(template, "spec") ?? {};
  if (names.length === 0) return { ...template, spec: pod };
  const made = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = objects(pod, "volumes").filter((v) => !names.includes(text(v, "name")));
  return { ...template, spec: { ...pod, volumes: [...made, ...others] } };
}

const MUTABLE = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
];
const FIXED =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const fixedPart = (spec: JsonObject): Json => Object.fromEntries(Object.entries(spec).filter(([k]) => !MUTABLE.includes(k)));

function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const pods = templateTolerance(templateOf(old));
  const broken = specErrors(specOf(old), { update: true, anyTemplate: false, pods }).length > 0;
  return [
    ...specErrors(specOf(o), { update: true, anyTemplate: broken, pods }),
    ...(equalJson(fixedPart(specOf(o)), fixedPart(specOf(old))) ? [] : [forbiddenField("spec", FIXED)]),
  ];
}

const COUNTERS = [
  "replicas",
  "readyReplicas",
  "currentReplicas",
  "updatedReplicas",
  "availableReplicas",
  "observedGeneration",
  "collisionCount",
];
const statusErrors = (o: KubeObject, old: KubeObject): Errors => [
  ...counters(statusOf(o), ...COUNTERS),
  ...boundedBy(statusOf(o), ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"], "status.readyReplicas"),
  ...metaChangesOf(o, old),
  ...collisions(o, old),
];

function warnings(o: KubeObject, old: KubeObject | undefined): readonly string[] {
  const spec = specOf(o);
  const changed = old === undefined || old.metadata.generation !== o.metadata.generation;
  const limit = optionalWhole(spec, "revisionHistoryLimit");
  const suffix = old === undefined ? "" : ".Spec";
  return [
    ...(changed ? templateWarnings(templateOf(o), "spec.template") : []),
    ...objects(spec, "volumeClaimTemplates").flatMap((c, i) =>
      claimSpecWarnings(child(c, "spec") ?? {}, `spec.volumeClaimTemplates[${i}]${suffix}`),
    ),
    ...(limit !== undefined && limit < 0
      ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
      : []),
  ];
}

export const STATEFUL_SET: KindRules = {
  name: dnsLabelErrors,
  ownMetadata: "parts",
  create: (o) => specErrors(specOf(o), { update: false, anyTemplate: false, pods: {} }),
  update: updateErrors,
  parts: { status: statusErrors },
  warnings,
};
