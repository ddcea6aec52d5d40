import {
  duplicate,
  equalJson,
  type FieldError,
  invalid,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { NODE_ID_BYTES_MAX, REFRESH_SECONDS_MIN, TOKEN_SECONDS_MAX, TOKEN_SECONDS_MIN } from "../limits.js";
import { csiDriverName } from "../shared/csi.js";
import { internalForm, selectorValue } from "../shared/internal-form.js";
import { selectorErrors, selectorHasBadValue } from "../shared/labels.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { nodeLabelSelectorWarnings } from "../shared/node-labels.js";
import { nonNegativeQuantity } from "../shared/quantities.js";
import { child, field, has, isTrue, objects, optionalText, optionalWhole, text, texts } from "../shared/read.js";
import { type Errors, IMMUTABLE, immutable, NONE, nonNegative, ofFormat, qualified } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

// ---------------------------------------------------------------- drivers

const GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const LIFECYCLES = ["Persistent", "Ephemeral"];
const TOKENS_LOGGED =
  "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes";

/** Audiences differ; one may be without. */
function tokenErrors(spec: JsonObject): Errors {
  const requests = objects(spec, "tokenRequests");
  const audiences = requests.map((r) => text(r, "audience"));
  return requests.flatMap((r, i) => {
    const path = `spec.tokenRequests[${i}]`;
    if (audiences.indexOf(audiences[i] as string) < i) return [duplicate(`${path}.audience`, audiences[i])];
    const seconds = optionalWhole(r, "expirationSeconds");
    if (seconds === undefined) return NONE;
    const told = (why: string): FieldError => invalid(`${path}.expirationSeconds`, seconds, why);
    if (seconds < TOKEN_SECONDS_MIN) return [told("may not specify a duration less than 10 minutes")];
    return seconds > TOKEN_SECONDS_MAX ? [told("may not specify a duration larger than 2^32 seconds")] : NONE;
  });
}
function driverErrors(o: KubeObject): Errors {
  const spec = specOf(o);
  const needed = (name: string, shown = name): Errors => (has(spec, name) ? NONE : [required(`spec.${shown}`)]);
  const [policy, refresh] = [optionalText(spec, "fsGroupPolicy"), optionalWhole(spec, "nodeAllocatableUpdatePeriodSeconds")];
  const unasked = has(spec, "serviceAccountTokenInSecrets") && objects(spec, "tokenRequests").length === 0;
  const secretsTold = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
  return [
    ...needed("attachRequired", "attachedRequired"),
    ...needed("podInfoOnMount"),
    ...needed("storageCapacity"),
    ...(policy === undefined || GROUP_POLICIES.includes(policy) ? NONE : [notSupported("spec.fsGroupPolicy", policy, GROUP_POLICIES)]),
    ...tokenErrors(spec),
    ...texts(spec, "volumeLifecycleModes").flatMap((m) =>
      LIFECYCLES.includes(m) ? NONE : [notSupported("spec.volumeLifecycleModes", m, LIFECYCLES)],
    ),
    ...needed("seLinuxMount"),
    ...(refresh !== undefined && refresh < REFRESH_SECONDS_MIN
      ? [invalid("spec.nodeAllocatableUpdatePeriodSeconds", refresh, `must be greater than or equal to ${REFRESH_SECONDS_MIN} seconds`)]
      : NONE),
    ...(unasked ? [invalid("spec.serviceAccountTokenInSecrets", isTrue(spec, "serviceAccountTokenInSecrets"), secretsTold)] : NONE),
  ];
}
function driverWarnings(o: KubeObject, old: KubeObject | undefined): readonly string[] {
  const [spec, was] = [specOf(o), old && specOf(old)];
  const same = was !== undefined && equalJson(field(spec, "tokenRequests") ?? null, field(was, "tokenRequests") ?? null);
  const logged = objects(spec, "tokenRequests").length > 0 && !has(spec, "serviceAccountTokenInSecrets");
  return logged && !same ? [TOKENS_LOGGED] : [];
}
export const CSI_DRIVER: KindRules = {
  create: driverErrors,
  update: (o, old) => {
    const [spec, was] = [specOf(o), specOf(old)];
    const modes = "volumeLifecycleModes";
    return [
      ...driverErrors(o),
      ...immutable("spec.attachedRequired", field(spec, "attachRequired"), field(was, "attachRequired")),
      ...immutable(`spec.${modes}`, field(spec, modes), field(was, modes)),
    ];
  },
  warnings: driverWarnings,
};

// ---------------------------------------------------------------- drivers of a node

function nodeDriverErrors(driver: JsonObject, path: string, again: boolean): Errors {
  const [name, id] = [text(driver, "name"), text(driver, "nodeID")];
  const keys = texts(driver, "topologyKeys");
  return [
    ...csiDriverName(`${path}.name`, name),
    ...(id === "" ? [required(`${path}.nodeID`)] : NONE),
    ...(byteLength(id) > NODE_ID_BYTES_MAX ? [invalid(`${path}.nodeID`, id, `must be ${NODE_ID_BYTES_MAX} characters or less`)] : NONE),
    ...nonNegative(`${path}.allocatable.count`, optionalWhole(child(driver, "allocatable"), "count")),
    ...(again ? [duplicate(`${path}.name`, name)] : NONE),
    ...keys.flatMap((key, i) => [
      ...(key === "" ? [required(path)] : NONE),
      ...(keys.indexOf(key) < i ? [duplicate(path, key)] : NONE),
      ...qualified(path, key),
    ]),
  ];
}
const driversOf = (o: KubeObject): readonly JsonObject[] => objects(specOf(o), "drivers");
function nodeErrors(o: KubeObject): Errors {
  const names = driversOf(o).map((d) => text(d, "name"));
  return [
    ...metaOf(o, { namespaced: false }),
    ...driversOf(o).flatMap((d, i) => nodeDriverErrors(d, `spec.drivers[${i}]`, names.indexOf(names[i] as string) < i)),
  ];
}
/** A driver stays as it is, but for how many volumes it can take. */
function nodeDriversChanged(o: KubeObject, old: KubeObject): Errors {
  const bare = (d: JsonObject): JsonObject => ({ ...d, allocatable: null });
  return driversOf(old).flatMap((was) =>
    driversOf(o)
      .filter((now) => text(now, "name") === text(was, "name") && !equalJson(bare(now), bare(was)))
      .map((now) => invalid("spec.drivers", internalForm(bare(now)), IMMUTABLE)),
  );
}
export const CSI_NODE: KindRules = {
  ownMetadata: "all",
  create: nodeErrors,
  update: (o, old) => [...nodeErrors(o), ...nodeDriversChanged(o, old)],
};

// ---------------------------------------------------------------- capacities

const topologyOf = (o: KubeObject): JsonObject | undefined => child(o, "nodeTopology");
const capacityErrors = (o: KubeObject, anyValue = false): Errors => [
  ...metaOf(o),
  ...selectorErrors(topologyOf(o), "nodeTopology", { anyValue }),
  ...ofFormat("storageClassName", text(o, "storageClassName"), dnsSubdomain),
  ...(has(o, "capacity") ? nonNegativeQuantity("capacity", field(o, "capacity")) : NONE),
];
const topologyChanged = (o: KubeObject, old: KubeObject): Errors =>
  equalJson(topologyOf(o) ?? null, topologyOf(old) ?? null)
    ? NONE
    : [{ ...invalid("nodeTopology", null, IMMUTABLE), value: selectorValue(topologyOf(o)) }];
export const CSI_STORAGE_CAPACITY: KindRules = {
  ownMetadata: "all",
  create: (o) => capacityErrors(o),
  update: (o, old) => [
    ...capacityErrors(o, selectorHasBadValue(topologyOf(old))),
    ...metaChangesOf(o, old),
    ...topologyChanged(o, old),
    ...immutable("storageClassName", text(o, "storageClassName"), text(old, "storageClassName")),
  ],
  warnings: (o) => nodeLabelSelectorWarnings(topologyOf(o), "nodeTopology"),
};
