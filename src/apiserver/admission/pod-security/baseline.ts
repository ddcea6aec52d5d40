import type { JsonObject } from "../../../kube/meta/index.js";
import { listOf } from "../pods.js";
import {
  addedCapabilities,
  allContainers,
  type Check,
  child,
  containersText,
  containersWith,
  hasUserNamespace,
  nameOf,
  type PodParts,
  plural,
  quoted,
  securityOf,
  setters,
  sorted,
  type Violation,
} from "./check.js";

const found = (reason: string, detail: string): Violation | undefined => (detail === "" ? undefined : { reason, detail });

const CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const capabilities = ({ spec }: PodParts): Violation | undefined =>
  found("non-default capabilities", addedCapabilities(spec, CAPABILITIES));

function hostNamespaces({ spec }: PodParts): Violation | undefined {
  const used = ["hostNetwork", "hostPID", "hostIPC"].filter((f) => spec[f] === true).map((f) => `${f}=true`);
  return found("host namespaces", used.join(", "));
}
function hostPath({ spec }: PodParts): Violation | undefined {
  const names = listOf(spec, "volumes")
    .filter((v) => v["hostPath"] !== undefined)
    .map(nameOf);
  return names.length === 0
    ? undefined
    : { reason: "hostPath volumes", detail: `${plural("volume", "volumes", names.length)} ${quoted(names)}` };
}
const portsOf = (c: JsonObject): readonly string[] =>
  listOf(c, "ports")
    .map((p) => Number(p["hostPort"] ?? 0))
    .filter((p) => p !== 0)
    .map(String);
function hostPorts({ spec }: PodParts): Violation | undefined {
  const names = containersWith(spec, (c) => portsOf(c).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(allContainers(spec).flatMap(portsOf));
  return {
    reason: "hostPort",
    detail: `${containersText(names)} ${plural("uses", "use", names.length)} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}`,
  };
}

function hostsOf(c: JsonObject): readonly string[] {
  const lifecycle = child(c, "lifecycle");
  const handlers = [
    ...["livenessProbe", "readinessProbe", "startupProbe"].map((f) => child(c, f)),
    child(lifecycle, "postStart"),
    child(lifecycle, "preStop"),
  ];
  return handlers.flatMap((h) => ["httpGet", "tcpSocket"].map((f) => String(child(h, f)?.["host"] ?? ""))).filter((host) => host !== "");
}
function probeHosts({ spec }: PodParts): Violation | undefined {
  const names = sorted(containersWith(spec, (c) => hostsOf(c).length > 0));
  if (names.length === 0) return undefined;
  const hosts = sorted(allContainers(spec).flatMap(hostsOf));
  const what = plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length);
  return {
    reason: "probe or lifecycle host",
    detail: `${containersText(names)} ${plural("uses", "use", names.length)} ${what} ${quoted(hosts)}`,
  };
}

function privileged({ spec }: PodParts): Violation | undefined {
  const names = containersWith(spec, (c) => securityOf(c)?.["privileged"] === true);
  return names.length === 0
    ? undefined
    : { reason: "privileged", detail: `${containersText(names)} must not set securityContext.privileged=true` };
}
function procMount({ spec }: PodParts): Violation | undefined {
  const mount = (c: JsonObject): string => String(securityOf(c)?.["procMount"] ?? "Default");
  const names = containersWith(spec, (c) => mount(c) !== "Default");
  if (names.length === 0) return undefined;
  const types = sorted(
    allContainers(spec)
      .map(mount)
      .filter((t) => t !== "Default"),
  );
  return { reason: "procMount", detail: `${containersText(names)} must not set securityContext.procMount to ${quoted(types)}` };
}

const APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
function appArmor({ metadata, spec }: PodParts): Violation | undefined {
  const type = (security: JsonObject): string | undefined => child(security, "appArmorProfile")?.["type"] as string | undefined;
  const bad = (security: JsonObject): boolean => {
    const t = type(security);
    return child(security, "appArmorProfile") !== undefined && t !== "RuntimeDefault" && t !== "Localhost";
  };
  const values = [spec, ...allContainers(spec)].flatMap((o) => {
    const security = securityOf(o);
    return security && bad(security) ? [String(type(security) ?? "")] : [];
  });
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([k, v]) => k.startsWith(APPARMOR_ANNOTATION) && v !== "" && v !== "runtime/default" && !v.startsWith("localhost/"))
    .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
    .sort();
  const who = [setters(spec, bad), annotations.length > 0 ? plural("annotation", "annotations", annotations.length) : ""]
    .filter((s) => s !== "")
    .join(" and ");
  if (who === "") return undefined;
  const all = [...sorted(values), ...annotations];
  return {
    reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", all.length),
    detail: `${who} must not set AppArmor profile type to ${quoted(all)}`,
  };
}

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];
const seLinux =
  (allowed: readonly string[]) =>
  ({ spec }: PodParts): Violation | undefined => {
    const options = (security: JsonObject): JsonObject | undefined => child(security, "seLinuxOptions");
    const bad = (o: JsonObject): boolean => !allowed.includes(String(o["type"] ?? "")) || Boolean(o["user"]) || Boolean(o["role"]);
    const who = setters(spec, (s) => {
      const o = options(s);
      return o !== undefined && bad(o);
    });
    if (who === "") return undefined;
    const all = [spec, ...allContainers(spec)].flatMap((o) => {
      const found = securityOf(o);
      const own = found && options(found);
      return own ? [own] : [];
    });
    const types = sorted(all.map((o) => String(o["type"] ?? "")).filter((t) => !allowed.includes(t)));
    const data = [
      ...(types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : []),
      ...(all.some((o) => o["user"]) ? ["user may not be set"] : []),
      ...(all.some((o) => o["role"]) ? ["role may not be set"] : []),
    ];
    return { reason: "seLinuxOptions", detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}` };
  };

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
function seccompAnnotations({ metadata, spec }: PodParts): Violation | undefined {
  const good = (v: string): boolean => v === "runtime/default" || v === "docker/default" || v.startsWith("localhost/");
  const keys = [SECCOMP_POD, ...allContainers(spec).map((c) => SECCOMP_CONTAINER + nameOf(c))];
  const bad = sorted(
    keys.flatMap((k) => {
      const v = metadata.annotations?.[k];
      return v === undefined || good(v) ? [] : [`${k}=${JSON.stringify(v)}`];
    }),
  );
  return bad.length === 0
    ? undefined
    : { reason: "seccompProfile", detail: `forbidden ${plural("annotation", "annotations", bad.length)} ${bad.join(", ")}` };
}
export const seccompType = (security: JsonObject | undefined): string | undefined => {
  const profile = child(security, "seccompProfile");
  return profile && String(profile["type"] ?? "");
};
export const seccompBad = (type: string | undefined): boolean => type !== undefined && type !== "Localhost" && type !== "RuntimeDefault";
export function seccompForbidden(spec: JsonObject): Violation | undefined {
  const who = setters(spec, (s) => seccompBad(seccompType(s)));
  if (who === "") return undefined;
  const types = sorted([spec, ...allContainers(spec)].map((o) => seccompType(securityOf(o))).filter((t): t is string => seccompBad(t)));
  return { reason: "seccompProfile", detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}` };
}

const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];
const SYSCTLS_27 = [...SYSCTLS, "net.ipv4.ip_local_reserved_ports"];
const SYSCTLS_29 = [
  ...SYSCTLS_27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const SYSCTLS_32 = [...SYSCTLS_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];
const sysctls =
  (allowed: readonly string[]) =>
  ({ spec }: PodParts): Violation | undefined => {
    const security = securityOf(spec);
    const names = security ? listOf(security, "sysctls").map(nameOf) : [];
    return found("forbidden sysctls", names.filter((n) => !allowed.includes(n)).join(", "));
  };

function hostProcess({ spec }: PodParts): Violation | undefined {
  const who = setters(spec, (s) => child(s, "windowsOptions")?.["hostProcess"] === true);
  return who === "" ? undefined : { reason: "hostProcess", detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
}

const since = (version: number, run: Check["versions"][number]["run"]) => ({ since: version, run });
const baseline = (id: string, ...versions: Check["versions"][number][]): Check => ({ id, level: "baseline", versions });

/** Level baseline, by id: the order in which violations are told. */
export const BASELINE: readonly Check[] = [
  baseline("appArmorProfile", since(0, appArmor)),
  baseline("capabilities_baseline", since(0, capabilities)),
  baseline("hostNamespaces", since(0, hostNamespaces)),
  baseline("hostPathVolumes", since(0, hostPath)),
  baseline("hostPorts", since(0, hostPorts)),
  baseline("hostProbesAndHostLifecycle", since(34, probeHosts)),
  baseline("privileged", since(0, privileged)),
  baseline(
    "procMount",
    since(0, procMount),
    since(35, (pod) => (hasUserNamespace(pod.spec) ? undefined : procMount(pod))),
  ),
  baseline("seLinuxOptions", since(0, seLinux(SELINUX_TYPES)), since(31, seLinux([...SELINUX_TYPES, "container_engine_t"]))),
  baseline(
    "seccompProfile_baseline",
    since(0, seccompAnnotations),
    since(19, ({ spec }) => seccompForbidden(spec)),
  ),
  baseline(
    "sysctls",
    since(0, sysctls(SYSCTLS)),
    since(27, sysctls(SYSCTLS_27)),
    since(29, sysctls(SYSCTLS_29)),
    since(32, sysctls(SYSCTLS_32)),
  ),
  baseline("windowsHostProcess", since(0, hostProcess)),
];
export const procMountRestricted: Check = { id: "procMount_restricted", level: "restricted", versions: [since(35, procMount)] };
