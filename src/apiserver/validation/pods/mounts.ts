import { type FieldError, forbiddenField, invalid, type JsonObject, missing, notSupported, required } from "../../../kube/meta/index.js";
import { descending, noBacksteps } from "../shared/paths.js";
import { childAt, has, isTrue, objects, optionalText, text } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";

type Volumes = ReadonlyMap<string, JsonObject>;

/** Some of what is wrong with one mount is told at the list: the original's paths. */
export function mountErrors(container: JsonObject, volumes: Volumes, path: string): Errors {
  const devices = objects(container, "volumeDevices");
  const seen = new Set<string>();
  return objects(container, "volumeMounts").flatMap((mount, i) => {
    const at = `${path}[${i}]`;
    const [name, where, sub, expr] = ["name", "mountPath", "subPath", "subPathExpr"].map((f) => text(mount, f)) as [
      string,
      string,
      string,
      string,
    ];
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(missing(`${at}.name`, name));
    if (where === "") errors.push(required(`${at}.mountPath`));
    if (seen.has(where)) errors.push(invalid(`${at}.mountPath`, where, "must be unique"));
    seen.add(where);
    if (devices.some((d) => text(d, "name") === name)) errors.push(invalid(`${at}.name`, name, "must not already exist in volumeDevices"));
    if (lastPaths(devices, "devicePath").has(where))
      errors.push(invalid(`${at}.mountPath`, where, "must not already exist as a path in volumeDevices"));
    if (sub !== "") errors.push(...descending(`${path}.subPath`, sub));
    if (expr !== "") {
      if (sub !== "") errors.push(invalid(`${at}.subPathExpr`, expr, "subPathExpr and subPath are mutually exclusive"));
      errors.push(...descending(`${path}.subPathExpr`, expr));
    }
    errors.push(...propagationErrors(mount, container, `${path}.mountPropagation`), ...recursiveErrors(mount, `${path}.recursiveReadOnly`));
    return errors;
  });
}
/** One path a name, as the original's map has it: the last. */
const lastPaths = (list: readonly JsonObject[], pathField: string): ReadonlySet<string> =>
  new Set(new Map(list.map((d) => [text(d, "name"), text(d, pathField)])).values());

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];
function propagationErrors(mount: JsonObject, container: JsonObject, path: string): Errors {
  const value = optionalText(mount, "mountPropagation");
  if (value === undefined) return NONE;
  const errors: FieldError[] = PROPAGATIONS.includes(value) ? [] : [notSupported(path, value, PROPAGATIONS)];
  if (value === "Bidirectional" && !isTrue(childAt(container, "securityContext"), "privileged"))
    errors.push(forbiddenField(path, "Bidirectional mount propagation is available only to privileged containers"));
  return errors;
}
function recursiveErrors(mount: JsonObject, path: string): Errors {
  const value = optionalText(mount, "recursiveReadOnly");
  if (value === undefined || value === "Disabled") return NONE;
  if (value !== "Enabled" && value !== "IfPossible") return [notSupported(path, value, ["Disabled", "Enabled", "IfPossible"])];
  const propagation = optionalText(mount, "mountPropagation");
  const errors: FieldError[] = [];
  if (!isTrue(mount, "readOnly")) errors.push(forbiddenField(path, "may only be specified when readOnly is true"));
  if (propagation !== undefined && propagation !== "None")
    errors.push(forbiddenField(path, "may only be specified when mountPropagation is None or not specified"));
  return errors;
}

const BLOCK = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
export function deviceErrors(container: JsonObject, volumes: Volumes, path: string): Errors {
  const mounts = objects(container, "volumeMounts");
  const [names, paths] = [new Set<string>(), new Set<string>()];
  return objects(container, "volumeDevices").flatMap((device, i) => {
    const at = `${path}[${i}]`;
    const [name, where] = [text(device, "name"), text(device, "devicePath")];
    const volume = volumes.get(name);
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, "must be unique"));
    if (volume === undefined) errors.push(missing(`${at}.name`, name));
    else if (!has(volume, "persistentVolumeClaim") && !has(volume, "ephemeral")) errors.push(invalid(`${at}.name`, name, BLOCK));
    if (where === "") errors.push(required(`${at}.devicePath`));
    if (paths.has(where)) errors.push(invalid(`${at}.devicePath`, where, "must be unique"));
    if (noBacksteps("", where).length > 0) errors.push(invalid(`${at}.devicePath`, where, "can not contain backsteps ('..')"));
    else paths.add(where);
    if (mounts.some((m) => text(m, "name") === name)) errors.push(invalid(`${at}.name`, name, "must not already exist in volumeMounts"));
    if (lastPaths(mounts, "mountPath").has(where))
      errors.push(invalid(`${at}.devicePath`, where, "must not already exist as a path in volumeMounts"));
    if (name !== "") names.add(name);
    return errors;
  });
}
