import { type FieldError, forbiddenField, invalid, type JsonObject } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { GMSA_KIB_MAX, WINDOWS_DOMAIN_BYTES_MAX, WINDOWS_USER_BYTES_MAX } from "../limits.js";
import { invalidPointer } from "../shared/internal-form.js";
import { child, childAt, has, isTrue, list, optionalText, text } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import { allContainers } from "./visit.js";

const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

export function windowsOptions(options: JsonObject | undefined, path: string): Errors {
  if (options === undefined) return NONE;
  const [name, spec, user] = ["gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName"].map((f) => optionalText(options, f));
  const errors: FieldError[] =
    name === undefined ? [] : dnsSubdomain(name).map((m) => invalidPointer(`${path}.gmsaCredentialSpecName`, name, m));
  if (spec === "") errors.push(invalidPointer(`${path}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec cannot be an empty string"));
  else if (spec !== undefined && byteLength(spec) > GMSA_KIB_MAX * 1024)
    errors.push(invalidPointer(`${path}.gmsaCredentialSpec`, spec, `gmsaCredentialSpec size must be under ${GMSA_KIB_MAX} KiB`));
  return user === undefined ? errors : [...errors, ...userTexts(user).map((m) => invalidPointer(`${path}.runAsUserName`, user, m))];
}
/** "DOMAIN\user" or "user". */
function userTexts(name: string): readonly string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\x00-\x1f\x7f]/.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const domain = parts.length === 2 ? (parts[0] as string) : undefined;
  const user = parts.at(-1) as string;
  const messages: string[] = [];
  if (domain !== undefined && byteLength(domain) >= WINDOWS_DOMAIN_BYTES_MAX)
    messages.push(`runAsUserName's Domain length must be under ${WINDOWS_DOMAIN_BYTES_MAX} characters`);
  if (domain !== undefined && !NETBIOS.test(domain) && !DNS.test(domain))
    messages.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (user === "") messages.push("runAsUserName's User cannot be empty");
  else if (byteLength(user) > WINDOWS_USER_BYTES_MAX)
    messages.push(`runAsUserName's User length must not be longer than ${WINDOWS_USER_BYTES_MAX} characters`);
  if (/^[. ]+$/.test(user)) messages.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) messages.push("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  return messages;
}

/** All containers are host processes, or none is. */
export function hostProcessErrors(spec: JsonObject, path: string): Errors {
  const ofPod = childAt(spec, "securityContext", "windowsOptions")?.["hostProcess"];
  const errors: FieldError[] = [];
  const containers = allContainers(spec, path);
  const hostProcesses = containers.filter(({ container, at }) => {
    const own = childAt(container, "securityContext", "windowsOptions")?.["hostProcess"];
    if (typeof ofPod === "boolean" && typeof own === "boolean" && own !== ofPod) {
      const why = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, why));
    }
    return own === true || (own === undefined && ofPod === true);
  });
  if (hostProcesses.length === 0) return errors;
  if (hostProcesses.length !== containers.length)
    errors.push(invalid(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers"));
  if (!isTrue(spec, "hostNetwork"))
    errors.push(invalid(`${path}.hostNetwork`, false, "hostNetwork must be true if pod contains any hostProcess containers"));
  return errors;
}

const FORBIDDEN = "cannot be set for a windows pod";
/** Where each is told; the internal form keeps some of the spec's in the security context. */
const OF_CONTEXT = ["appArmorProfile", "seLinuxOptions"];
const OF_SPEC = ["hostUsers", "hostPID", "hostIPC"];
const OF_CONTEXT_TOO = ["seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls"];
const OF_CONTEXT_LAST = ["runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"];
const OF_CONTAINER = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];
export function operatingSystem(spec: JsonObject, path: string): Errors {
  const name = text(child(spec, "os"), "name");
  if (name === "linux") return linux(spec, path);
  return name === "windows" ? windows(spec, path) : NONE;
}
function linux(spec: JsonObject, path: string): Errors {
  const refuse = (holder: JsonObject, at: string): Errors =>
    has(child(holder, "securityContext"), "windowsOptions")
      ? [forbiddenField(`${at}.securityContext.windowsOptions`, "windows options cannot be set for a linux pod")]
      : NONE;
  return [...refuse(spec, path), ...allContainers(spec, path).flatMap(({ container, at }) => refuse(container, at))];
}
function windows(spec: JsonObject, path: string): Errors {
  const within = (holder: JsonObject, at: string, fields: readonly string[]): Errors => {
    const context = child(holder, "securityContext");
    return fields.filter((f) => isSet(context, f)).map((f) => forbiddenField(`${at}.securityContext.${f}`, FORBIDDEN));
  };
  const ofSpec = (fields: readonly string[]): Errors =>
    fields
      .filter((f) => (f === "hostUsers" || f === "shareProcessNamespace" ? has(spec, f) : isTrue(spec, f)))
      .map((f) => forbiddenField(`${path}.${f}`, FORBIDDEN));
  return [
    ...within(spec, path, OF_CONTEXT),
    ...ofSpec(OF_SPEC),
    ...within(spec, path, OF_CONTEXT_TOO),
    ...ofSpec(["shareProcessNamespace"]),
    ...within(spec, path, OF_CONTEXT_LAST),
    ...allContainers(spec, path).flatMap(({ container, at }) => within(container, at, OF_CONTAINER)),
  ];
}
const isSet = (holder: JsonObject | undefined, name: string): boolean =>
  Array.isArray(holder?.[name]) ? list(holder, name).length > 0 : has(holder, name);
