import { type FieldError, forbiddenField, type KubeObject } from "../../../kube/meta/index.js";
import { USER_PRIORITY_MAX } from "../limits.js";
import { field, isTrue, optionalText, whole } from "../shared/read.js";
import { type Errors, forbiddenWhen, immutable, oneOf } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const SYSTEM = "system-";
/** The classes that every cluster has; neither is the default. */
const SYSTEM_VALUES: Readonly<Record<string, number>> = { "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000 };
const POLICIES = ["PreemptLowerPriority", "Never"];

function systemText(o: KubeObject, name: string): string | undefined {
  const value = Object.hasOwn(SYSTEM_VALUES, name) ? SYSTEM_VALUES[name] : undefined;
  if (value === undefined) return `${name} is not a known system priority class`;
  if (whole(o, "value") !== value) return `value of ${name} PriorityClass must be ${value}`;
  return isTrue(o, "globalDefault") ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
function valueErrors(o: KubeObject): Errors {
  const name = o.metadata.name ?? "";
  if (!name.startsWith(SYSTEM)) {
    const why = `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`;
    return forbiddenWhen(whole(o, "value") > USER_PRIORITY_MAX, "value", why);
  }
  const wrong = systemText(o, name);
  const intro = `priority class names with '${SYSTEM}' prefix are reserved for system use only. error: `;
  return forbiddenWhen(wrong !== undefined, "metadata.name", `${intro}${wrong}`);
}
export const PRIORITY_CLASS: KindRules = {
  create: (o) => {
    const policy = optionalText(o, "preemptionPolicy");
    return [...valueErrors(o), ...(policy === undefined ? [] : oneOf("preemptionPolicy", policy, POLICIES, "required"))];
  },
  update: (o, old) => {
    const changed: FieldError[] =
      whole(o, "value") === whole(old, "value") ? [] : [forbiddenField("value", "may not be changed in an update.")];
    return [...changed, ...immutable("preemptionPolicy", field(o, "preemptionPolicy"), field(old, "preemptionPolicy"))];
  },
};
