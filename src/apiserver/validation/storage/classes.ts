import {
  duplicate,
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
  tooLong,
} from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import { PARAMETERS_BYTES_MAX, PARAMETERS_MAX } from "../limits.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { deprecatedNodeLabel } from "../shared/node-labels.js";
import { field, objects, optionalText, text, textEntries, texts } from "../shared/read.js";
import { type Errors, immutable, NONE, oneOf, qualified } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const RECLAIM = ["Delete", "Retain"];
const BINDING = ["Immediate", "WaitForFirstConsumer"];

/** Who provisions: a name in any case. */
const provisioner = (path: string, name: string): Errors => (name === "" ? [required(path)] : qualified(path, name.toLowerCase()));
function parameterErrors(o: KubeObject): Errors {
  const parameters = textEntries(o, "parameters");
  if (parameters.length > PARAMETERS_MAX) return [tooLong("parameters", PARAMETERS_MAX)];
  const bytes = parameters.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return [
    ...parameters.flatMap(([key]) => (key === "" ? [invalid("parameters", key, "field can not be empty.")] : NONE)),
    ...(bytes > PARAMETERS_BYTES_MAX ? [tooLong("parameters", PARAMETERS_BYTES_MAX)] : []),
  ];
}

// ---------------------------------------------------------------- topologies

function expressionErrors(e: JsonObject, path: string): Errors {
  const values = texts(e, "values");
  return [
    ...(values.length === 0 ? [required(`${path}.values`)] : NONE),
    ...values.flatMap((v, i) => (values.indexOf(v) < i ? [duplicate(`${path}.values[${i}]`, v)] : NONE)),
    ...qualified(`${path}.key`, text(e, "key")),
  ];
}
function termErrors(term: JsonObject, path: string): Errors {
  const expressions = objects(term, "matchLabelExpressions");
  const keys = expressions.map((e) => text(e, "key"));
  return expressions.flatMap((e, i) => {
    const at = `${path}[${i}]`;
    const again = keys.indexOf(keys[i] as string) < i;
    return [...expressionErrors(e, at), ...(again ? [duplicate(`${at}.key`, keys[i])] : NONE)];
  });
}
/** What a term says, whatever the order in it. */
const termSense = (term: JsonObject): JsonObject =>
  Object.fromEntries(objects(term, "matchLabelExpressions").map((e) => [text(e, "key"), [...new Set(texts(e, "values"))].sort()]));
function topologyErrors(o: KubeObject): Errors {
  const terms = objects(o, "allowedTopologies");
  const senses = terms.map(termSense);
  return terms.flatMap((term, i) => {
    const path = `allowedTopologies[${i}].matchLabelExpressions`;
    const sense = senses[i] as JsonObject;
    const same = senses.slice(0, i).filter((s) => equalJson(s, sense));
    return [...termErrors(term, path), ...same.map(() => duplicate(path, ""))];
  });
}
const topologyWarnings = (o: KubeObject): readonly string[] =>
  objects(o, "allowedTopologies").flatMap((term, i) =>
    objects(term, "matchLabelExpressions").flatMap((e, j) => {
      const why = deprecatedNodeLabel(text(e, "key"));
      return why === undefined ? [] : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${why}`];
    }),
  );

// ---------------------------------------------------------------- the two kinds

function bindingErrors(o: KubeObject): Errors {
  const mode = optionalText(o, "volumeBindingMode");
  if (mode === undefined) return [required("volumeBindingMode")];
  return BINDING.includes(mode) ? NONE : [notSupported("volumeBindingMode", mode, BINDING)];
}
const storageClassErrors = (o: KubeObject): Errors => [
  ...metaOf(o, { namespaced: false }),
  ...provisioner("provisioner", text(o, "provisioner")),
  ...parameterErrors(o),
  ...oneOf("reclaimPolicy", text(o, "reclaimPolicy"), RECLAIM, "fine"),
  ...bindingErrors(o),
  ...topologyErrors(o),
];
const FIXED = ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"];
export const STORAGE_CLASS: KindRules = {
  ownMetadata: "all",
  create: storageClassErrors,
  update: (o, old) => [
    ...storageClassErrors(o),
    ...metaChangesOf(o, old),
    ...FIXED.flatMap((f) => immutable(f, field(o, f), field(old, f))),
  ],
  warnings: topologyWarnings,
};

function attributesErrors(o: KubeObject): Errors {
  const none = textEntries(o, "parameters").length === 0;
  return [
    ...provisioner("driverName", text(o, "driverName")),
    ...parameterErrors(o),
    ...(none ? [required("parameters", "must contain at least one key/value pair")] : NONE),
  ];
}
export const VOLUME_ATTRIBUTES_CLASS: KindRules = {
  create: attributesErrors,
  update: (o, old) => {
    const changed = ["driverName", "parameters"].filter((f) => !equalJson(field(o, f) ?? null, field(old, f) ?? null));
    const told: readonly FieldError[] = changed.map((f) => forbiddenField(f, `updates to ${f} are forbidden.`));
    return [...told, ...metaOf(o, { namespaced: false }), ...attributesErrors(o)];
  },
};
