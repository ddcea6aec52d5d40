import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidWithoutValue,
  type JsonObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { type SelectorOptions, selectorErrors } from "../shared/labels.js";
import { positiveQuantity } from "../shared/quantities.js";
import { child, optionalText, text, texts } from "../shared/read.js";
import { type Errors, label, NONE, ofFormat, optionally } from "../shared/rules.js";

/** PersistentVolumeClaimSpec: of claims, of ephemeral volumes, of a stateful set's templates. */
export const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES = ["Block", "Filesystem"];

export function accessModeErrors(modes: readonly string[], path: string): Errors {
  const errors: FieldError[] = modes.filter((m) => !ACCESS_MODES.includes(m)).map((m) => notSupported(path, m, ACCESS_MODES));
  const others = modes.some((m) => m !== "ReadWriteOncePod" && ACCESS_MODES.includes(m));
  if (modes.includes("ReadWriteOncePod") && others)
    errors.push(forbiddenField(path, "may not use ReadWriteOncePod with other access modes"));
  return errors;
}

export interface ClaimOptions extends SelectorOptions {
  readonly anyGroup?: boolean;
}
export function claimSpecErrors(spec: JsonObject, path: string, options: ClaimOptions = {}): Errors {
  const modes = texts(spec, "accessModes");
  const mode = optionalText(spec, "volumeMode");
  return [
    ...(modes.length === 0 ? [required(`${path}.accessModes`, "at least 1 access mode is required")] : []),
    ...selectorErrors(child(spec, "selector"), `${path}.selector`, options),
    ...accessModeErrors(modes, `${path}.accessModes`),
    ...storageErrors(spec, `${path}.resources[storage]`),
    ...optionally(`${path}.storageClassName`, text(spec, "storageClassName"), dnsSubdomain),
    ...(mode === undefined || VOLUME_MODES.includes(mode) ? [] : [notSupported(`${path}.volumeMode`, mode, VOLUME_MODES)]),
    ...sourceErrors(child(spec, "dataSource"), `${path}.dataSource`, options),
    ...sourceErrors(child(spec, "dataSourceRef"), `${path}.dataSourceRef`, options),
    ...agreementErrors(spec, path),
    ...optionally(`${path}.volumeAttributesClassName`, text(spec, "volumeAttributesClassName"), dnsSubdomain),
  ];
}
function storageErrors(spec: JsonObject, path: string): Errors {
  const size = optionalText(child(child(spec, "resources"), "requests"), "storage");
  return size === undefined ? [required(path)] : positiveQuantity(path, size);
}
function sourceErrors(source: JsonObject | undefined, path: string, options: ClaimOptions): Errors {
  if (source === undefined) return NONE;
  const [kind, group] = [text(source, "kind"), text(source, "apiGroup")];
  const errors: FieldError[] = [];
  if (text(source, "name") === "") errors.push(required(`${path}.name`));
  if (kind === "") errors.push(required(`${path}.kind`));
  if (group === "" && kind !== "PersistentVolumeClaim")
    errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  if (group !== "" && !options.anyGroup) errors.push(...ofFormat(`${path}.apiGroup`, group, dnsSubdomain));
  const namespace = text(source, "namespace");
  return namespace === "" ? errors : [...errors, ...label(`${path}.namespace`, namespace)];
}
/** The older field says the same as the newer one, unless that names a namespace. */
function agreementErrors(spec: JsonObject, path: string): Errors {
  const [source, ref] = [child(spec, "dataSource"), child(spec, "dataSourceRef")];
  if (source === undefined || ref === undefined) return NONE;
  if (text(ref, "namespace") !== "") return [agreement(path, "may not be specified when dataSourceRef.namespace is specified")];
  const same =
    optionalText(source, "apiGroup") === optionalText(ref, "apiGroup") &&
    text(source, "kind") === text(ref, "kind") &&
    text(source, "name") === text(ref, "name");
  return same ? NONE : [agreement(path, "must match dataSourceRef")];
}
/** The original prints a path object without exported fields here. */
const agreement = (path: string, detail: string): FieldError => ({ ...invalidWithoutValue(path, detail), value: "{}" });
