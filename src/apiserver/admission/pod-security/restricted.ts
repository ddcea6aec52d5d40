import { listOf } from "../pods.js";
import { procMountRestricted, seccompBad, seccompForbidden, seccompType } from "./baseline.js";
import {
  addedCapabilities,
  type Check,
  capabilitiesOf,
  containersText,
  containersWith,
  hasUserNamespace,
  isWindows,
  nameOf,
  type PodParts,
  plural,
  quoted,
  securityOf,
  setters,
  sorted,
  texts,
  type Violation,
} from "./check.js";

function escalation({ spec }: PodParts): Violation | undefined {
  const names = containersWith(spec, (c) => securityOf(c)?.["allowPrivilegeEscalation"] !== false);
  if (names.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

const CAPABILITIES = new Set(["NET_BIND_SERVICE"]);
function capabilities({ spec }: PodParts): Violation | undefined {
  const keeping = containersWith(spec, (c) => !texts(capabilitiesOf(c), "drop").includes("ALL"));
  const adding = addedCapabilities(spec, CAPABILITIES);
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding === "" ? [] : [adding]),
  ];
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
}

const ALLOWED_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const KNOWN_VOLUMES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
];
function volumes({ spec }: PodParts): Violation | undefined {
  const bad = listOf(spec, "volumes").filter((v) => !ALLOWED_VOLUMES.some((t) => v[t] !== undefined));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((v) => KNOWN_VOLUMES.find((t) => v[t] !== undefined) ?? "unknown"));
  const names = bad.map(nameOf);
  const who = `${plural("volume", "volumes", names.length)} ${quoted(names)} ${plural("uses", "use", names.length)}`;
  return {
    reason: "restricted volume types",
    detail: `${who} ${plural("restricted volume type", "restricted volume types", types.length)} ${quoted(types)}`,
  };
}

const REASON_NON_ROOT = "runAsNonRoot != true";
function nonRoot({ spec }: PodParts): Violation | undefined {
  const who = setters(spec, (s) => s["runAsNonRoot"] === false);
  if (who !== "") return { reason: REASON_NON_ROOT, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  if (securityOf(spec)?.["runAsNonRoot"] === true) return undefined;
  const names = containersWith(spec, (c) => securityOf(c)?.["runAsNonRoot"] === undefined);
  return names.length === 0
    ? undefined
    : { reason: REASON_NON_ROOT, detail: `pod or ${containersText(names)} must set securityContext.runAsNonRoot=true` };
}
function runAsUser({ spec }: PodParts): Violation | undefined {
  const who = setters(spec, (s) => s["runAsUser"] === 0);
  return who === "" ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
}
function seccomp({ spec }: PodParts): Violation | undefined {
  const forbidden = seccompForbidden(spec);
  if (forbidden) return forbidden;
  const own = seccompType(securityOf(spec));
  if (own !== undefined && !seccompBad(own)) return undefined;
  const names = containersWith(spec, (c) => seccompType(securityOf(c)) === undefined);
  if (names.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersText(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}

type Run = (pod: PodParts) => Violation | undefined;
const notWindows =
  (run: Run): Run =>
  (pod) =>
    isWindows(pod.spec) ? undefined : run(pod);
const notInUserNamespace =
  (run: Run): Run =>
  (pod) =>
    hasUserNamespace(pod.spec) ? undefined : run(pod);
const since = (version: number, run: Run) => ({ since: version, run });
const restricted = (id: string, versions: Check["versions"], replaces?: string): Check => ({
  id,
  level: "restricted",
  versions,
  ...(replaces === undefined ? {} : { replaces }),
});

/** What level restricted adds, by id. */
export const RESTRICTED: readonly Check[] = [
  restricted("allowPrivilegeEscalation", [since(8, escalation), since(25, notWindows(escalation))]),
  restricted("capabilities_restricted", [since(22, capabilities), since(25, notWindows(capabilities))], "capabilities_baseline"),
  procMountRestricted,
  restricted("restrictedVolumes", [since(0, volumes)], "hostPathVolumes"),
  restricted("runAsNonRoot", [since(0, nonRoot), since(35, notInUserNamespace(nonRoot))]),
  restricted("runAsUser", [since(23, runAsUser), since(35, notInUserNamespace(runAsUser))]),
  restricted("seccompProfile_restricted", [since(19, seccomp), since(25, notWindows(seccomp))], "seccompProfile_baseline"),
];
