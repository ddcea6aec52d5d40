import { duplicate, type FieldError, invalid, type JsonObject, notSupported, required, tooLong } from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import { APPARMOR_BYTES_MAX, INT32_MAX, SYSCTL_BYTES_MAX } from "../limits.js";
import { invalidDump } from "../shared/internal-form.js";
import { descending } from "../shared/paths.js";
import { child, isTrue, list, objects, optionalText, optionalWhole, text, texts } from "../shared/read.js";
import { type Errors, inRange, NONE, oneOf } from "../shared/rules.js";
import { windowsOptions } from "./windows.js";

const ids = (context: JsonObject, path: string, ...fields: readonly string[]): Errors =>
  fields.flatMap((f) => {
    const id = optionalWhole(context, f);
    return id === undefined ? NONE : inRange(`${path}.${f}`, id, 0, INT32_MAX);
  });
const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

export function seccompErrors(profile: JsonObject | undefined, path: string): Errors {
  if (profile === undefined) return NONE;
  const type = text(profile, "type");
  const local = optionalText(profile, "localhostProfile");
  const at = `${path}.localhostProfile`;
  const errors: FieldError[] =
    type === ""
      ? [required(`${path}.type`, "type is required when seccompProfile is set")]
      : [...oneOf(`${path}.type`, type, PROFILE_TYPES)];
  if (type === "Localhost")
    errors.push(...(local === undefined ? [required(at, "must be set when seccomp type is Localhost")] : descending(at, local)));
  else if (local !== undefined) errors.push(invalidDump(at, profile, "can only be set when seccomp type is Localhost"));
  return errors;
}

export function appArmorErrors(profile: JsonObject | undefined, path: string): Errors {
  if (profile === undefined) return NONE;
  const type = text(profile, "type");
  const local = optionalText(profile, "localhostProfile");
  const at = `${path}.localhostProfile`;
  if (type === "") return [required(`${path}.type`, "type is required when appArmorProfile is set")];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(`${path}.type`, type, PROFILE_TYPES)];
  if (type !== "Localhost") return local === undefined ? NONE : [invalid(at, local, "can only be set when AppArmor type is Localhost")];
  if (local === undefined) return [required(at, "must be set when AppArmor type is Localhost")];
  const errors: FieldError[] = [];
  if (local.trim() !== local) errors.push(invalid(at, local, "must not be padded with whitespace"));
  else if (local === "") errors.push(required(at, "must be set when AppArmor type is Localhost"));
  if (byteLength(local) > APPARMOR_BYTES_MAX) errors.push(tooLong(at, APPARMOR_BYTES_MAX));
  return errors;
}

/** Of one container. */
export function containerSecurity(context: JsonObject | undefined, path: string, hostUsers: boolean): Errors {
  if (context === undefined) return NONE;
  const mount = optionalText(context, "procMount");
  const errors: FieldError[] = [...ids(context, path, "runAsUser", "runAsGroup")];
  if (mount !== undefined) {
    errors.push(...oneOf(`${path}.procMount`, mount, ["Default", "Unmasked"]));
    if (hostUsers && mount === "Unmasked") errors.push(invalid(`${path}.procMount`, mount, "`hostUsers` must be false to use `Unmasked`"));
  }
  errors.push(...seccompErrors(child(context, "seccompProfile"), `${path}.seccompProfile`));
  if (context["allowPrivilegeEscalation"] === false) {
    if (isTrue(context, "privileged"))
      errors.push(invalidDump(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
    for (const added of texts(child(context, "capabilities"), "add"))
      if (added === "CAP_SYS_ADMIN")
        errors.push(invalidDump(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
  }
  return [
    ...errors,
    ...windowsOptions(child(context, "windowsOptions"), `${path}.windowsOptions`),
    ...appArmorErrors(child(context, "appArmorProfile"), `${path}.appArmorProfile`),
  ];
}

/** Of the pod. */
export function podSecurity(spec: JsonObject, path: string, hostSysctls: boolean): Errors {
  const context = child(spec, "securityContext") ?? {};
  const errors: FieldError[] = [...ids(context, path, "fsGroup", "runAsUser", "runAsGroup")];
  list(context, "supplementalGroups").forEach((id, i) => {
    errors.push(...inRange(`${path}.supplementalGroups[${i}]`, id as number, 0, INT32_MAX));
  });
  if (isTrue(spec, "shareProcessNamespace") && isTrue(spec, "hostPID"))
    errors.push(invalid(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled"));
  errors.push(...sysctlErrors(spec, objects(context, "sysctls"), `${path}.sysctls`, hostSysctls));
  const either = (field: string, supported: readonly string[]): Errors => {
    const value = optionalText(context, field);
    return value === undefined ? NONE : oneOf(`${path}.${field}`, value, supported);
  };
  return [
    ...errors,
    ...either("fsGroupChangePolicy", ["Always", "OnRootMismatch"]),
    ...seccompErrors(child(context, "seccompProfile"), `${path}.seccompProfile`),
    ...windowsOptions(child(context, "windowsOptions"), `${path}.windowsOptions`),
    ...appArmorErrors(child(context, "appArmorProfile"), `${path}.appArmorProfile`),
    ...either("supplementalGroupsPolicy", ["Merge", "Strict"]),
    ...either("seLinuxChangePolicy", ["Recursive"]),
  ];
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const SYSCTL_TEXT =
  "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
function sysctlErrors(spec: JsonObject, sysctls: readonly JsonObject[], path: string, anywhere: boolean): Errors {
  const seen = new Set<string>();
  return sysctls.flatMap((s, i) => {
    const at = `${path}[${i}].name`;
    const name = text(s, "name");
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(at));
    else if (byteLength(name) > SYSCTL_BYTES_MAX || !SYSCTL.test(name)) errors.push(invalid(at, name, SYSCTL_TEXT));
    else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    const plain = name.replace(/\//g, ".");
    if (!anywhere && isTrue(spec, "hostNetwork") && plain.startsWith("net."))
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    else if (!anywhere && isTrue(spec, "hostIPC") && /^(kernel\.shm|kernel\.msg|fs\.mqueue\.|kernel\.sem$)/.test(plain))
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    return errors;
  });
}
