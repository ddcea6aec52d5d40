import { equalJson, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import { claimSpecWarnings, fractional } from "../core/claim-warnings.js";
import { dnsLabel } from "../formats/names.js";
import { ipWarnings } from "../shared/addresses.js";
import { deprecatedNodeLabel, nodeSelectorWarnings, nodeTermWarnings } from "../shared/node-labels.js";
import { child, childAt, has, objects, optionalText, optionalWhole, text, texts, whole } from "../shared/read.js";
import { appArmorField, appArmorKey, SECCOMP_POD_KEY, seccompKey } from "./annotations.js";
import { overlapWarnings } from "./overlaps.js";
import { allContainers } from "./visit.js";

type Warnings = readonly string[];
type Annotations = { readonly [key: string]: string };
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_SELECTOR = "a null labelSelector results in matching no pod";

export const podWarnings = (pod: KubeObject): Warnings => {
  const wrong = dnsLabel(pod.metadata.name ?? "");
  const hostname = `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(" ")}]`;
  const own = specWarnings(child(pod, "spec") ?? {}, pod.metadata.annotations ?? {}, "", "pod");
  return wrong.length > 0 ? [hostname, ...own] : own;
};
/** `path`: where the template is, "spec.template". */
export const templateWarnings = (template: JsonObject | undefined, path: string): Warnings =>
  template === undefined
    ? []
    : specWarnings(
        child(template, "spec") ?? {},
        (childAt(template, "metadata", "annotations") ?? {}) as Annotations,
        `${path}.`,
        "template",
      );

const DEPRECATED_ANNOTATIONS: readonly (readonly [string, string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const DEPRECATED_VOLUMES: readonly (readonly [string, string, string?])[] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+", "storageOS"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
];
const DEPRECATED_LATER: typeof DEPRECATED_VOLUMES = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

/** In the original's order; `at` is "" or ends in a dot. */
function specWarnings(spec: JsonObject, annotations: Annotations, at: string, of: "pod" | "template"): Warnings {
  const here = `${at}spec`;
  const grace = optionalWhole(spec, "terminationGracePeriodSeconds");
  return [
    ...nodeSelectorWarnings(child(spec, "nodeSelector"), (key) => `${here}.nodeSelector[${key}]`),
    ...nodeAffinityWarnings(childAt(spec, "affinity", "nodeAffinity"), `${here}.affinity.nodeAffinity`),
    ...objects(spec, "topologySpreadConstraints").flatMap((c, i) => spreadWarnings(c, `${here}.topologySpreadConstraints[${i}]`)),
    ...DEPRECATED_ANNOTATIONS.flatMap(([key, why]) =>
      annotations[key] === undefined ? [] : [`${at}metadata.annotations[${key}]: ${why}`],
    ),
    ...objects(spec, "volumes").flatMap((v, i) => volumeWarnings(v, `${here}.volumes[${i}]`)),
    ...overlapWarnings(objects(spec, "volumes")),
    ...repeated(spec, "hostAliases", "ip", here),
    ...repeated(spec, "imagePullSecrets", "name", here),
    ...objects(spec, "imagePullSecrets").flatMap((s, i) =>
      text(s, "name") === "" ? [`${here}.imagePullSecrets[${i}].name: invalid empty name ""`] : [],
    ),
    ...["memory", "ephemeral-storage"].flatMap((r) => fractional(`${here}.overhead[${r}]`, optionalText(child(spec, "overhead"), r))),
    ...seccompWarnings(child(spec, "securityContext"), annotations, SECCOMP_POD_KEY, at),
    ...allContainers(spec, here).flatMap((c) => containerWarnings(spec, c.container, c.at, annotations, at, of)),
    ...portWarnings(spec, here),
    ...portNameWarnings(spec, here),
    ...(grace !== undefined && grace < 0
      ? [`${here}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...["podAffinity", "podAntiAffinity"].flatMap((kind) =>
      podAffinityWarnings(childAt(spec, "affinity", kind), `${here}.affinity.${kind}`),
    ),
    ...texts(child(spec, "dnsConfig"), "nameservers").flatMap((ip, i) => ipWarnings(`${here}.dnsConfig.nameservers[${i}]`, ip)),
    ...objects(spec, "hostAliases").flatMap((a, i) => ipWarnings(`${here}.hostAliases[${i}].ip`, text(a, "ip"))),
  ];
}

const nodeAffinityWarnings = (affinity: JsonObject | undefined, path: string): Warnings => [
  ...objects(child(affinity, REQUIRED), "nodeSelectorTerms").flatMap((t, i) =>
    nodeTermWarnings(t, `${path}.${REQUIRED}.nodeSelectorTerms[${i}]`),
  ),
  ...objects(affinity, PREFERRED).flatMap((t, i) =>
    nodeTermWarnings(child(t, "preference") ?? {}, `${path}.${PREFERRED}[${i}].preference`, true),
  ),
];
function spreadWarnings(constraint: JsonObject, path: string): Warnings {
  const key = text(constraint, "topologyKey");
  const why = deprecatedNodeLabel(key);
  return [
    ...(why === undefined ? [] : [`${path}.topologyKey: ${key} is ${why}`]),
    ...(has(constraint, "labelSelector") ? [] : [`${path}.labelSelector: ${NO_SELECTOR}`]),
  ];
}
const podAffinityWarnings = (affinity: JsonObject | undefined, path: string): Warnings => [
  ...objects(affinity, REQUIRED).flatMap((t, i) =>
    has(t, "labelSelector") ? [] : [`${path}.${REQUIRED}[${i}].labelSelector: ${NO_SELECTOR}`],
  ),
  ...objects(affinity, PREFERRED).flatMap((t, i) =>
    has(child(t, "podAffinityTerm"), "labelSelector") ? [] : [`${path}.${PREFERRED}[${i}].podAffinityTerm.labelSelector: ${NO_SELECTOR}`],
  ),
];

function volumeWarnings(volume: JsonObject, path: string): Warnings {
  const old = (rows: typeof DEPRECATED_VOLUMES): Warnings =>
    rows.flatMap(([name, why, shown]) => (has(volume, name) ? [`${path}.${shown ?? name}: ${why}`] : []));
  const claim = childAt(volume, "ephemeral", "volumeClaimTemplate", "spec");
  return [
    ...old(DEPRECATED_VOLUMES),
    ...(claim === undefined ? [] : claimSpecWarnings(claim, `${path}.ephemeral.volumeClaimTemplate.spec`)),
    ...old(DEPRECATED_LATER),
  ];
}
function repeated(spec: JsonObject, list: string, name: string, here: string): Warnings {
  const seen = new Set<string>();
  return objects(spec, list).flatMap((item, i) => {
    const value = text(item, name);
    if (seen.has(value)) return [`${here}.${list}[${i}].${name}: duplicate ${name} "${value}"`];
    seen.add(value);
    return [];
  });
}
const seccompWarnings = (context: JsonObject | undefined, annotations: Annotations, key: string, at: string): Warnings =>
  has(context, "seccompProfile") || annotations[key] === undefined
    ? []
    : [`${at}metadata.annotations[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`];

function containerWarnings(
  spec: JsonObject,
  container: JsonObject,
  path: string,
  annotations: Annotations,
  at: string,
  of: "pod" | "template",
): Warnings {
  const context = child(container, "securityContext");
  const resources = child(container, "resources");
  const name = text(container, "name");
  const warnings: string[] = [...seccompWarnings(context, annotations, seccompKey(name), at)];
  const annotation = annotations[appArmorKey(name)];
  const ofPod = childAt(spec, "securityContext", "appArmorProfile");
  const agrees = annotation !== undefined && ofPod !== undefined && equalJson(ofPod, appArmorField(annotation));
  // A pod's own are told while it is prepared.
  if (of === "template" && annotation !== undefined && !has(context, "appArmorProfile") && !agrees)
    warnings.push(`${at}metadata.annotations[${appArmorKey(name)}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  for (const resource of ["memory", "ephemeral-storage"])
    for (const which of ["limits", "requests"])
      warnings.push(...fractional(`${path}.resources.${which}[${resource}]`, optionalText(child(resources, which), resource)));
  return [...warnings, ...envWarnings(objects(container, "env"), `${path}.env`)];
}
/** A later definition that builds on the earlier one is no mistake. */
function envWarnings(env: readonly JsonObject[], path: string): Warnings {
  const seen = new Set<string>();
  return env.flatMap((item, i) => {
    const [name, value] = [text(item, "name"), text(item, "value")];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const ref = `$(${name})`;
    const bad = has(item, "valueFrom") || value === ref || !value.includes(ref);
    return bad ? [`${path}[${i}]: hides previous definition of "${name}", which may be dropped when using apply`] : [];
  });
}

interface Port {
  readonly at: string;
  readonly hostIp: string;
  readonly hostPort: number;
}
function portWarnings(spec: JsonObject, here: string): Warnings {
  const seen = new Map<string, Port[]>();
  return allContainers(spec, here).flatMap(({ container, at }) =>
    objects(container, "ports").flatMap((p, i) => {
      const port: Port = { at: `${at}.ports[${i}]`, hostIp: text(p, "hostIP"), hostPort: Number(whole(p, "hostPort")) };
      const key = `${whole(p, "containerPort")}/${text(p, "protocol")}`;
      const others = seen.get(key) ?? [];
      seen.set(key, [...others, port]);
      const shown = `{Name:${text(p, "name")} HostPort:${port.hostPort} ContainerPort:${whole(p, "containerPort")} Protocol:${text(p, "protocol")} HostIP:${port.hostIp}}`;
      const alone = port.hostIp !== "" && port.hostPort === 0 ? [`${port.at}: hostIP set without hostPort: ${shown}`] : [];
      return [...alone, ...others.flatMap((other) => clash(port, other))];
    }),
  );
}
function clash(port: Port, other: Port): Warnings {
  const with_ = `port definition with ${other.at}`;
  if (port.hostIp === other.hostIp && port.hostPort === other.hostPort) return [`${port.at}: duplicate ${with_}`];
  if (port.hostPort === 0 || other.hostPort === 0) return [`${port.at}: overlapping ${with_}`];
  const oneIsAny = (port.hostIp === "") !== (other.hostIp === "");
  return port.hostPort === other.hostPort && oneIsAny ? [`${port.at}: dangerously ambiguous ${with_}`] : [];
}
function portNameWarnings(spec: JsonObject, here: string): Warnings {
  const seen = new Map<string, string>();
  return allContainers(spec, here).flatMap(({ container, at }) =>
    objects(container, "ports").flatMap((p, i) => {
      const name = text(p, "name");
      const other = seen.get(name);
      if (name === "" || other === undefined) {
        seen.set(name, `${at}.ports[${i}]`);
        return [];
      }
      const why = `duplicate port name "${name}" with ${other}, services and probes that select ports by name will use ${other}`;
      return [`${at}.ports[${i}]: ${why}`];
    }),
  );
}
