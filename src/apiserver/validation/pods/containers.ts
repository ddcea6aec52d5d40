import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  missing,
  required,
  tooMany,
} from "../../../kube/meta/index.js";
import { portName } from "../formats/names.js";
import { EXIT_CODES_MAX, RULES_MAX } from "../limits.js";
import { child, has, list, objects, optionalText, text, whole } from "../shared/read.js";
import { type Errors, label, NONE, oneOf, portNumber } from "../shared/rules.js";
import { envErrors, envFromErrors } from "./env.js";
import { deviceErrors, mountErrors } from "./mounts.js";
import type { PodFacts } from "./options.js";
import { notRunningErrors, runningErrors } from "./probes.js";
import { containerResources, resizePolicies } from "./resources.js";
import { containerSecurity } from "./security.js";

/** What holds for containers of all three lists. */
function commonErrors(container: JsonObject, path: string, facts: PodFacts): Errors {
  const name = text(container, "name");
  return [
    ...(name === "" ? [required(`${path}.name`)] : label(`${path}.name`, name)),
    ...(text(container, "image") === "" ? [required(`${path}.image`)] : []),
    ...oneOf(
      `${path}.terminationMessagePolicy`,
      text(container, "terminationMessagePolicy"),
      ["File", "FallbackToLogsOnError"],
      "required",
    ),
    ...portErrors(objects(container, "ports"), `${path}.ports`),
    ...envErrors(objects(container, "env"), `${path}.env`),
    ...envFromErrors(objects(container, "envFrom"), `${path}.envFrom`),
    ...mountErrors(container, facts.volumes, `${path}.volumeMounts`),
    ...deviceErrors(container, facts.volumes, `${path}.volumeDevices`),
    ...oneOf(`${path}.imagePullPolicy`, text(container, "imagePullPolicy"), ["Always", "IfNotPresent", "Never"], "required"),
    ...containerResources(child(container, "resources"), `${path}.resources`, facts),
    ...resizePolicies(objects(container, "resizePolicy"), `${path}.resizePolicy`, facts.restartPolicy),
    ...containerSecurity(child(container, "securityContext"), `${path}.securityContext`, facts.hostUsers),
  ];
}

function portErrors(ports: readonly JsonObject[], path: string): Errors {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    const [name, number, host] = [text(port, "name"), whole(port, "containerPort"), whole(port, "hostPort")];
    const errors: FieldError[] = name === "" ? [] : portName(name).map((m) => invalid(`${at}.name`, name, m));
    if (errors.length === 0 && name !== "") {
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    errors.push(...(number === 0 ? [required(`${at}.containerPort`)] : portNumber(`${at}.containerPort`, number)));
    if (host !== 0) errors.push(...portNumber(`${at}.hostPort`, host));
    return [...errors, ...oneOf(`${at}.protocol`, text(port, "protocol"), ["SCTP", "TCP", "UDP"], "required")];
  });
}
function hostPortConflicts(containers: readonly JsonObject[], path: string): Errors {
  const seen = new Set<string>();
  return containers.flatMap((container, i) =>
    objects(container, "ports").flatMap((port, j) => {
      if (whole(port, "hostPort") === 0) return NONE;
      const key = `${text(port, "protocol")}/${text(port, "hostIP")}/${whole(port, "hostPort")}`;
      if (seen.has(key)) return [duplicate(`${path}[${i}].ports[${j}].hostPort`, key)];
      seen.add(key);
      return NONE;
    }),
  );
}

function restartErrors(container: JsonObject, path: string): Errors {
  const policy = optionalText(container, "restartPolicy");
  const rules = objects(container, "restartPolicyRules");
  const errors: FieldError[] = [];
  if (policy === undefined) {
    if (rules.length === 0) return NONE;
    errors.push(required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used"));
  } else errors.push(...oneOf(`${path}.restartPolicy`, policy, ["Always", "Never", "OnFailure"]));
  if (rules.length > RULES_MAX) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, RULES_MAX));
  rules.forEach((rule, i) => {
    const at = `${path}.restartPolicyRules[${i}]`;
    const codes = child(rule, "exitCodes");
    errors.push(...oneOf(`${at}.action`, text(rule, "action"), ["Restart", "RestartAllContainers"]));
    if (codes === undefined) errors.push(required(`${at}.exitCodes`, "must be specified"));
    else {
      errors.push(...oneOf(`${at}.exitCodes.operator`, text(codes, "operator"), ["In", "NotIn"]));
      const count = list(codes, "values").length;
      if (count > EXIT_CODES_MAX) errors.push(tooMany(`${at}.exitCodes.values`, count, EXIT_CODES_MAX));
    }
  });
  return errors;
}

export function containerErrors(spec: JsonObject, path: string, facts: PodFacts): Errors {
  const containers = objects(spec, "containers");
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const name = text(container, "name");
    const twice = names.has(name) ? [duplicate(`${at}.name`, name)] : [];
    names.add(name);
    return [
      ...commonErrors(container, at, facts),
      ...twice,
      ...runningErrors(container, at, facts.graceSeconds),
      ...restartErrors(container, at),
    ];
  });
  return [...errors, ...hostPortConflicts(containers, path)];
}

const RESTARTS = "must not be set to 'RestartContainer' for non-sidecar initContainers";
export function initContainerErrors(spec: JsonObject, path: string, facts: PodFacts): Errors {
  const names = new Set(objects(spec, "containers").map((c) => text(c, "name")));
  return objects(spec, "initContainers").flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const name = text(container, "name");
    const sidecar = text(container, "restartPolicy") === "Always";
    const errors: FieldError[] = [...commonErrors(container, at, facts), ...initRestartErrors(container, at)];
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name !== "") names.add(name);
    // Each runs alone: told as if it were the only one.
    errors.push(...hostPortConflicts([container], path));
    errors.push(...(sidecar ? runningErrors(container, at, facts.graceSeconds) : notRunningErrors(container, at)));
    if (sidecar || facts.options.restartsOfInit) return errors;
    objects(container, "resizePolicy").forEach((policy, j) => {
      const restart = text(policy, "restartPolicy");
      if (restart === "RestartContainer") errors.push(invalid(`${at}.resizePolicy[${j}].restartPolicy`, restart, RESTARTS));
    });
    return errors;
  });
}
/** Without a policy its rules are not looked at. */
const initRestartErrors = (container: JsonObject, path: string): Errors => {
  if (optionalText(container, "restartPolicy") !== undefined) return restartErrors(container, path);
  const rules = objects(container, "restartPolicyRules").length > 0;
  return rules ? [required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used")] : NONE;
};

const NOT_EPHEMERAL = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
];
const CANNOT = "cannot be set for an Ephemeral Container";
export function ephemeralContainerErrors(spec: JsonObject, path: string, facts: PodFacts): Errors {
  const others = new Set(["containers", "initContainers"].flatMap((l) => objects(spec, l).map((c) => text(c, "name"))));
  const names = new Set(others);
  return objects(spec, "ephemeralContainers").flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const [name, target] = [text(container, "name"), text(container, "targetContainerName")];
    const errors: FieldError[] = [...commonErrors(container, at, facts), ...imagePadding(container, at)];
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (target !== "" && !others.has(target)) errors.push(missing(`${at}.targetContainerName`, target));
    errors.push(...NOT_EPHEMERAL.filter((f) => isSet(container, f)).map((f) => forbiddenField(`${at}.${f}`, CANNOT)));
    objects(container, "volumeMounts").forEach((mount, j) => {
      for (const f of ["subPath", "subPathExpr"])
        if (text(mount, f) !== "") errors.push(forbiddenField(`${at}.volumeMounts[${j}].${f}`, CANNOT));
    });
    return errors;
  });
}
/** `resources` is always there, and empty when nobody set it. */
const isSet = (container: JsonObject, name: string): boolean => {
  const value = container[name];
  if (Array.isArray(value)) return value.length > 0;
  return name === "resources" ? Object.keys(child(container, name) ?? {}).length > 0 : has(container, name);
};
/** Pods only: a template's image may be replaced before a pod is made of it. */
export const imagePadding = (container: JsonObject, path: string): Errors => {
  const image = text(container, "image");
  return image === image.trim() ? NONE : [invalid(`${path}.image`, image, "must not have leading or trailing whitespace")];
};
