import {
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  required,
  tooLong,
  tooMany,
} from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import {
  ALLOCATIONS_MAX,
  CONFIGS_MAX,
  DEVICE_CONDITIONS_MAX,
  DEVICE_DATA_BYTES_MAX,
  DEVICE_IPS_MAX,
  HARDWARE_ADDRESS_BYTES_MAX,
  INTERFACE_NAME_BYTES_MAX,
  RESERVATIONS_MAX,
} from "../limits.js";
import { nodeSelectorErrors } from "../pods/scheduling.js";
import { interfaceAddressErrors } from "../shared/addresses.js";
import { conditionErrors } from "../shared/conditions.js";
import { csiDriverName } from "../shared/csi.js";
import { internalForm } from "../shared/internal-form.js";
import { child, field, has, objects, optionalText, text, texts } from "../shared/read.js";
import { type Errors, IMMUTABLE, label, NONE, oneOf } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import { type RequestNames, referencesErrors, requestNamesOf, requestReference } from "./claim-spec.js";
import { bindingErrors, configurationErrors, listErrors, objectOf, poolName } from "./parts.js";

const UUID = /^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
const UUID_BYTES = 36;
const UUID_FORM = "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters";

/** A device, and which share of it: what a result and a status have in common. */
const deviceId = (d: JsonObject): string =>
  ["driver", "pool", "device"].map((f) => text(d, f)).join("/") + (has(d, "shareID") ? `/${text(d, "shareID")}` : "");
function shareErrors(holder: JsonObject, path: string): Errors {
  const id = optionalText(holder, "shareID");
  if (id === undefined) return NONE;
  const at = `${path}.shareID`;
  if (UUID.test(id)) return id === id.toLowerCase() ? NONE : [invalid(at, id, UUID_FORM)];
  const why = byteLength(id) === UUID_BYTES ? "invalid UUID format" : `invalid UUID length: ${byteLength(id)}`;
  return [invalid(at, id, `error validating uid: ${why}`)];
}
const identityErrors = (d: JsonObject, path: string): Errors => [
  ...csiDriverName(`${path}.driver`, text(d, "driver")),
  ...poolName(`${path}.pool`, text(d, "pool")),
  ...label(`${path}.device`, text(d, "device")),
];

// ---------------------------------------------------------------- allocation

const resultErrors = (result: JsonObject, path: string, names: RequestNames): Errors => [
  ...requestReference(`${path}.request`, text(result, "request"), names),
  ...identityErrors(result, path),
  ...bindingErrors(result, path),
  ...shareErrors(result, path),
];
function allocationErrors(allocation: JsonObject, path: string, names: RequestNames): Errors {
  const [devices, selector] = [child(allocation, "devices"), child(allocation, "nodeSelector")];
  return [
    ...listErrors(objects(devices, "results"), {
      path: `${path}.devices.results`,
      max: ALLOCATIONS_MAX,
      rules: (r, at) => resultErrors(r, at, names),
    }),
    // Of the claim and of its classes.
    ...listErrors(objects(devices, "config"), {
      path: `${path}.devices.config`,
      max: 2 * CONFIGS_MAX,
      rules: (c, at) => [
        ...oneOf(`${at}.source`, text(c, "source"), ["FromClaim", "FromClass"], "required"),
        ...referencesErrors(c, at, names),
        ...configurationErrors(c, at),
      ],
    }),
    ...(selector === undefined ? NONE : nodeSelectorErrors(selector, `${path}.nodeSelector`)),
  ];
}

// ---------------------------------------------------------------- what drivers tell of allocated devices

function networkErrors(network: JsonObject | undefined, path: string): Errors {
  if (network === undefined) return NONE;
  const bounded = (name: string, max: number): Errors => (byteLength(text(network, name)) > max ? [tooLong(`${path}.${name}`, max)] : NONE);
  return [
    ...bounded("interfaceName", INTERFACE_NAME_BYTES_MAX),
    ...bounded("hardwareAddress", HARDWARE_ADDRESS_BYTES_MAX),
    ...listErrors(texts(network, "ips"), {
      path: `${path}.ips`,
      max: DEVICE_IPS_MAX,
      rules: (ip, at) => interfaceAddressErrors(at, ip),
      key: (ip) => ip,
    }),
  ];
}
function deviceErrors(device: JsonObject, path: string, allocated: ReadonlySet<string>): Errors {
  const conditions = objects(device, "conditions");
  const id = deviceId(device);
  return [
    ...identityErrors(device, path),
    ...shareErrors(device, path),
    ...(allocated.has(id) ? NONE : [invalid(path, id, "must be an allocated device in the claim")]),
    ...(conditions.length > DEVICE_CONDITIONS_MAX ? [tooMany(`${path}.conditions`, conditions.length, DEVICE_CONDITIONS_MAX)] : NONE),
    ...conditionErrors(conditions, `${path}.conditions`),
    ...(has(device, "data") ? objectOf(field(device, "data"), `${path}.data`, DEVICE_DATA_BYTES_MAX) : NONE),
    ...networkErrors(child(device, "networkData"), `${path}.networkData`),
  ];
}

// ---------------------------------------------------------------- the status

const consumerErrors = (consumer: JsonObject, path: string): Errors =>
  ["resource", "name", "uid"].flatMap((f) => (text(consumer, f) === "" ? [required(`${path}.${f}`)] : NONE));
function reservationErrors(o: KubeObject, old: KubeObject): Errors {
  const [now, was] = [objects(statusOf(o), "reservedFor"), objects(statusOf(old), "reservedFor")];
  const told = (why: string): readonly FieldError[] => [forbiddenField("status.reservedFor", why)];
  if (now.length === 0) return NONE;
  if (!has(statusOf(o), "allocation")) return told("may not be specified when `allocated` is not set");
  const fresh = now.some((c) => !was.some((w) => equalJson(c, w)));
  return o.metadata.deletionTimestamp && fresh
    ? told("new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set")
    : NONE;
}
/** An allocation is made and undone, never changed. */
function allocationChange(o: KubeObject, old: KubeObject): Errors {
  const [now, was] = [child(statusOf(o), "allocation"), child(statusOf(old), "allocation")];
  if (now === undefined) return NONE;
  const path = "status.allocation";
  if (was === undefined) return allocationErrors(now, path, requestNamesOf(child(specOf(o), "devices")));
  return equalJson(now, was) ? NONE : [invalid(path, internalForm(now), IMMUTABLE)];
}
export function claimStatusErrors(o: KubeObject, old: KubeObject): Errors {
  const status = statusOf(o);
  const results = objects(child(child(status, "allocation"), "devices"), "results");
  const allocated = new Set(results.map(deviceId));
  return [
    ...listErrors(objects(status, "reservedFor"), {
      path: "status.reservedFor",
      max: RESERVATIONS_MAX,
      rules: consumerErrors,
      key: (c) => text(c, "uid"),
    }),
    ...listErrors(objects(status, "devices"), {
      path: "status.devices",
      max: Number.POSITIVE_INFINITY,
      rules: (d, at) => deviceErrors(d, at, allocated),
      key: deviceId,
    }),
    ...reservationErrors(o, old),
    ...allocationChange(o, old),
  ];
}
