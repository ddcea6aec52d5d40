import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  missing,
  required,
  tooLong,
} from "../../../kube/meta/index.js";
import { subdomainWithUnderscore } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { HOSTNAME_BYTES_MAX, INT32_MAX, NAMESERVERS_MAX, SEARCH_CHARACTERS_MAX, SEARCHES_MAX } from "../limits.js";
import { ipErrors } from "../shared/addresses.js";
import { labelErrors } from "../shared/labels.js";
import { child, childAt, has, isTrue, objects, optionalText, optionalWhole, text, texts, whole } from "../shared/read.js";
import { type Errors, inRange, label, NONE, ofFormat, oneOf, qualified, subdomain } from "../shared/rules.js";
import { containerErrors, ephemeralContainerErrors, initContainerErrors } from "./containers.js";
import { isPod, type PodFacts, type PodOptions } from "./options.js";
import { containerResources, podClaimErrors, podResources } from "./resources.js";
import { affinityErrors, spreadErrors, tolerationErrors } from "./scheduling.js";
import { podSecurity } from "./security.js";
import { allContainers } from "./visit.js";
import { volumeErrors } from "./volumes.js";
import { hostProcessErrors, operatingSystem } from "./windows.js";

const MIRROR = "kubernetes.io/config.mirror";

/** The whole of a PodSpec, of a pod or of a template, in the original's order. */
export function podSpecErrors(spec: JsonObject, path: string, options: PodOptions): Errors {
  const grace = optionalWhole(spec, "terminationGracePeriodSeconds");
  const { errors, good } = volumeErrors(objects(spec, "volumes"), `${path}.volumes`, options);
  const claims = objects(spec, "resourceClaims")
    .map((c) => text(c, "name"))
    .filter((name) => name !== "");
  const facts: PodFacts = {
    volumes: good,
    claims,
    restartPolicy: text(spec, "restartPolicy"),
    graceSeconds: grace,
    hostUsers: spec["hostUsers"] !== false,
    options,
  };
  return [
    ...(grace === undefined ? [required(`${path}.terminationGracePeriodSeconds`)] : []),
    ...errors,
    ...podClaimErrors(spec, `${path}.resourceClaims`, options.meta?.annotations?.[MIRROR] !== undefined),
    ...containerErrors(spec, `${path}.containers`, facts),
    ...initContainerErrors(spec, `${path}.initContainers`, facts),
    ...ephemeralContainerErrors(spec, `${path}.ephemeralContainers`, facts),
    ...podResources(spec, path, facts),
    ...hostNetworkErrors(spec, path, options),
    ...oneOf(`${path}.restartPolicy`, facts.restartPolicy, ["Always", "OnFailure", "Never"], "required"),
    ...oneOf(`${path}.dnsPolicy`, text(spec, "dnsPolicy"), ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], "required"),
    ...labelErrors(child(spec, "nodeSelector"), `${path}.nodeSelector`),
    ...podSecurity(spec, `${path}.securityContext`, options.hostSysctls === true),
    ...affinityErrors(child(spec, "affinity"), `${path}.affinity`, options),
    ...dnsErrors(spec, `${path}.dnsConfig`),
    ...objects(spec, "readinessGates").flatMap((g, i) => qualified(`${path}.readinessGates[${i}].conditionType`, text(g, "conditionType"))),
    ...gateErrors(objects(spec, "schedulingGates"), `${path}.schedulingGates`),
    ...spreadErrors(objects(spec, "topologySpreadConstraints"), `${path}.topologySpreadConstraints`, options),
    ...hostProcessErrors(spec, path),
    ...hostUserErrors(spec, path, options),
    ...hostnameErrors(spec, `${path}.hostnameOverride`),
    ...nameErrors(spec, path),
    ...tolerationErrors(objects(spec, "tolerations"), `${path}.tolerations`),
    ...objects(spec, "hostAliases").flatMap((a, i) => aliasErrors(a, `${path}.hostAliases[${i}]`)),
    ...lateErrors(spec, path, facts),
  ];
}

/** Names in the middle of the order: accounts, nodes, hosts. */
function nameErrors(spec: JsonObject, path: string): Errors {
  const given = (field: string, rule: (at: string, value: string) => Errors): Errors =>
    text(spec, field) === "" ? NONE : rule(`${path}.${field}`, text(spec, field));
  const deadline = optionalWhole(spec, "activeDeadlineSeconds");
  return [
    ...given("serviceAccountName", subdomain),
    ...given("nodeName", subdomain),
    ...(deadline === undefined ? NONE : inRange(`${path}.activeDeadlineSeconds`, deadline, 1, INT32_MAX)),
    ...given("hostname", label),
    ...given("subdomain", label),
  ];
}
function lateErrors(spec: JsonObject, path: string, facts: PodFacts): Errors {
  const [priority, runtime, preemption] = ["priorityClassName", "runtimeClassName", "preemptionPolicy"].map((f) => optionalText(spec, f));
  const overhead = child(spec, "overhead");
  const os = child(spec, "os");
  return [
    ...(priority === undefined || priority === "" ? [] : subdomain(`${path}.priorityClassName`, priority)),
    ...(runtime === undefined ? [] : subdomain(`${path}.runtimeClassName`, runtime)),
    ...(preemption === undefined ? [] : oneOf(`${path}.preemptionPolicy`, preemption, ["PreemptLowerPriority", "Never"], "required")),
    ...(overhead === undefined ? [] : containerResources({ limits: overhead }, `${path}.overhead`, { claims: [], options: facts.options })),
    ...(os === undefined ? [] : osErrors(spec, text(os, "name"), path)),
    ...fileVolumeErrors(spec, path),
  ];
}
function osErrors(spec: JsonObject, name: string, path: string): Errors {
  if (name === "") return [required(`${path}.os.name`)];
  const wrong = oneOf(`${path}.os`, name, ["linux", "windows"]);
  return wrong.length > 0 ? wrong : operatingSystem(spec, path);
}

/** A template may leave host ports out: they are filled in when the pod is made. */
function hostNetworkErrors(spec: JsonObject, path: string, options: PodOptions): Errors {
  if (!isTrue(spec, "hostNetwork")) return NONE;
  return objects(spec, "containers").flatMap((container, i) =>
    objects(container, "ports").flatMap((port, j) => {
      const [host, own] = [whole(port, "hostPort"), whole(port, "containerPort")];
      if (host === own || (host === 0 && !isPod(options))) return NONE;
      const at = `${path}.containers[${i}].ports[${j}].hostPort`;
      return [invalid(at, host, "must match `containerPort` when `hostNetwork` is true")];
    }),
  );
}

function dnsErrors(spec: JsonObject, path: string): Errors {
  const config = child(spec, "dnsConfig");
  const servers = texts(config, "nameservers");
  if (text(spec, "dnsPolicy") === "None") {
    if (config === undefined) return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (servers.length === 0) return [required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  const searches = texts(config, "searches");
  const errors: FieldError[] = [];
  if (servers.length > NAMESERVERS_MAX)
    errors.push(invalid(`${path}.nameservers`, [...servers], `must not have more than ${NAMESERVERS_MAX} nameservers`));
  errors.push(...servers.flatMap((ip, i) => ipErrors(`${path}.nameservers[${i}]`, ip)));
  if (searches.length > SEARCHES_MAX)
    errors.push(invalid(`${path}.searches`, [...searches], `must not have more than ${SEARCHES_MAX} search paths`));
  const tooMuch = `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`;
  if (byteLength(searches.join(" ")) > SEARCH_CHARACTERS_MAX) errors.push(invalid(`${path}.searches`, [...searches], tooMuch));
  searches.forEach((search, i) => {
    if (search !== ".") errors.push(...ofFormat(`${path}.searches[${i}]`, search.replace(/\.$/, ""), subdomainWithUnderscore));
  });
  objects(config, "options").forEach((option, i) => {
    if (text(option, "name") === "") errors.push(required(`${path}.options[${i}]`, "must not be empty"));
  });
  return errors;
}

function gateErrors(gates: readonly JsonObject[], path: string): Errors {
  const seen = new Set<string>();
  return gates.flatMap((gate, i) => {
    const name = text(gate, "name");
    const twice = seen.has(name) ? [duplicate(`${path}[${i}]`, name)] : [];
    seen.add(name);
    return [...qualified(`${path}[${i}]`, name), ...twice];
  });
}

const WITH_USERS = "when `hostUsers` is false";
function hostUserErrors(spec: JsonObject, path: string, options: PodOptions): Errors {
  if (spec["hostUsers"] !== false) return NONE;
  const errors: FieldError[] = [];
  if (isTrue(spec, "hostNetwork")) errors.push(forbiddenField(`${path}.hostNetwork`, WITH_USERS));
  if (isTrue(spec, "hostPID")) errors.push(forbiddenField(`${path}.HostPID`, WITH_USERS));
  if (isTrue(spec, "hostIPC")) errors.push(forbiddenField(`${path}.HostIPC`, WITH_USERS));
  if (options.devicesOfUsers) return errors;
  for (const { container, at } of allContainers(spec, path))
    if (objects(container, "volumeDevices").length > 0) errors.push(forbiddenField(`${at}.volumeDevices`, WITH_USERS));
  return errors;
}

function hostnameErrors(spec: JsonObject, path: string): Errors {
  const name = optionalText(spec, "hostnameOverride");
  if (name === undefined) return NONE;
  const errors: FieldError[] = [];
  if (isTrue(spec, "setHostnameAsFQDN")) errors.push(forbiddenField(path, "may not be specified when setHostnameAsFQDN is true"));
  if (isTrue(spec, "hostNetwork")) errors.push(forbiddenField(path, "may not be specified when hostNetwork is true"));
  if (byteLength(name) > HOSTNAME_BYTES_MAX) errors.push(tooLong(path, HOSTNAME_BYTES_MAX));
  return [...errors, ...subdomain(path, name)];
}
const aliasErrors = (alias: JsonObject, path: string): Errors => [
  ...ipErrors(`${path}.ip`, text(alias, "ip")),
  ...texts(alias, "hostnames").flatMap((name, j) => subdomain(`${path}.hostnames[${j}]`, name)),
];

/** Variables from files: the file lies in an emptyDir. */
function fileVolumeErrors(spec: JsonObject, path: string): Errors {
  const volumes = new Map(objects(spec, "volumes").map((v) => [text(v, "name"), v]));
  return allContainers(spec, path).flatMap(({ container, at }) =>
    objects(container, "env").flatMap((env, i) => {
      const ref = childAt(env, "valueFrom", "fileKeyRef");
      if (ref === undefined) return NONE;
      const name = text(ref, "volumeName");
      const where = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      const volume = volumes.get(name);
      if (volume === undefined) return [missing(where, name)];
      return has(volume, "emptyDir") ? NONE : [invalid(where, name, "referenced volume must be of type emptyDir")];
    }),
  );
}
