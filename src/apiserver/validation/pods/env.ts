import { dnsSubdomainErrors, type FieldError, invalid, type JsonObject, required } from "../../../kube/meta/index.js";
import { configKey, dnsSubdomain, envName } from "../formats/names.js";
import { noBacksteps } from "../shared/paths.js";
import { child, text } from "../shared/read.js";
import { type Errors, label, NONE, ofFormat, optionally, requiredText } from "../shared/rules.js";
import { ENV_FIELDS, fieldRefErrors, resourceRefErrors } from "./downward.js";

export const envErrors = (vars: readonly JsonObject[], path: string): Errors =>
  vars.flatMap((v, i) => [
    ...requiredText(`${path}[${i}].name`, text(v, "name"), envName),
    ...valueFromErrors(child(v, "valueFrom"), text(v, "value"), `${path}[${i}].valueFrom`),
  ]);

/** An empty name is no name: it is told as such, not as missing. */
const keyRef = (ref: JsonObject, path: string): Errors => [
  ...ofFormat(`${path}.name`, text(ref, "name"), dnsSubdomain),
  ...requiredText(`${path}.key`, text(ref, "key"), configKey),
];
const fileRef = (ref: JsonObject, path: string): Errors => {
  const [volume, file] = [text(ref, "volumeName"), text(ref, "path")];
  return [
    ...requiredText(`${path}.key`, text(ref, "key"), envName),
    ...(volume === "" ? [required(`${path}.volumeName`)] : label(`${path}.volumeName`, volume)),
    ...(file === "" ? [required(`${path}.path`)] : noBacksteps(`${path}.path`, file)),
  ];
};
const SOURCES: readonly (readonly [string, (ref: JsonObject, path: string) => Errors])[] = [
  ["fieldRef", (ref, path) => fieldRefErrors(ref, ENV_FIELDS, path)],
  ["resourceFieldRef", (ref, path) => resourceRefErrors(ref, path, "env")],
  ["configMapKeyRef", keyRef],
  ["secretKeyRef", keyRef],
  ["fileKeyRef", fileRef],
];
function valueFromErrors(from: JsonObject | undefined, value: string, path: string): Errors {
  if (from === undefined) return NONE;
  const given = SOURCES.filter(([name]) => child(from, name) !== undefined);
  const errors: FieldError[] = given.flatMap(([name, rules]) => [...rules(child(from, name) as JsonObject, `${path}.${name}`)]);
  if (given.length === 0)
    errors.push(
      invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"),
    );
  else if (value !== "") errors.push(invalid(path, "", "may not be specified when `value` is not empty"));
  else if (given.length > 1) errors.push(invalid(path, "", "may not have more than one field specified at a time"));
  return errors;
}

/** A trailing dash passes here: the original takes these names for prefixes. */
const reference = (ref: JsonObject | undefined, path: string): Errors =>
  ref === undefined ? NONE : requiredText(`${path}.name`, text(ref, "name"), (name) => dnsSubdomainErrors(name, true));

export function envFromErrors(sources: readonly JsonObject[], path: string): Errors {
  return sources.flatMap((source, i) => {
    const [map, secret] = [child(source, "configMapRef"), child(source, "secretRef")];
    const errors: FieldError[] = [
      ...optionally(`${path}[${i}].prefix`, text(source, "prefix"), envName),
      ...reference(map, `${path}[${i}].configMapRef`),
      ...reference(secret, `${path}[${i}].secretRef`),
    ];
    if (map === undefined && secret === undefined) errors.push(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (map !== undefined && secret !== undefined)
      errors.push(invalid(path, "", "may not have more than one field specified at a time"));
    return errors;
  });
}
