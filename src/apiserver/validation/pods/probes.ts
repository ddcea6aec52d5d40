import { type FieldError, forbiddenField, invalid, type JsonObject, required } from "../../../kube/meta/index.js";
import { httpHeader } from "../formats/names.js";
import { child, field, has, list, objects, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, NONE, nonNegative, ofFormat, oneOf, portNumber, portNumberOrName } from "../shared/rules.js";

type Seconds = number | bigint | undefined;
type Rules = (handler: JsonObject, path: string, grace: Seconds) => Errors;

const exec: Rules = (h, path) => (list(h, "command").length === 0 ? [required(`${path}.command`)] : NONE);
const httpGet: Rules = (h, path) => [
  ...(text(h, "path") === "" ? [required(`${path}.path`)] : []),
  ...portNumberOrName(`${path}.port`, field(h, "port")),
  ...oneOf(`${path}.scheme`, text(h, "scheme"), ["HTTP", "HTTPS"]),
  ...objects(h, "httpHeaders").flatMap((header) => ofFormat(`${path}.httpHeaders`, text(header, "name"), httpHeader)),
];
const tcpSocket: Rules = (h, path) => portNumberOrName(`${path}.port`, field(h, "port"));
const grpc: Rules = (h, path) => portNumber(`${path}.port`, whole(h, "port"));
const sleep: Rules = (h, path, grace) => {
  const seconds = whole(h, "seconds");
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return NONE;
  return [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
};
const OF_PROBE: readonly (readonly [string, Rules])[] = [
  ["exec", exec],
  ["httpGet", httpGet],
  ["tcpSocket", tcpSocket],
  ["grpc", grpc],
];
const OF_LIFECYCLE: typeof OF_PROBE = [
  ["exec", exec],
  ["httpGet", httpGet],
  ["tcpSocket", tcpSocket],
  ["sleep", sleep],
];

function handlerErrors(holder: JsonObject, path: string, kinds: typeof OF_PROBE, grace: Seconds): Errors {
  const errors: FieldError[] = [];
  let found = 0;
  for (const [name, rules] of kinds) {
    const handler = child(holder, name);
    if (handler === undefined) continue;
    if (found++ > 0) errors.push(forbiddenField(`${path}.${name}`, "may not specify more than 1 handler type"));
    else errors.push(...rules(handler, `${path}.${name}`, grace));
  }
  return found === 0 ? [required(path, "must specify a handler type")] : errors;
}

const COUNTS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
export type ProbeKind = "livenessProbe" | "readinessProbe" | "startupProbe";
export const PROBES: readonly ProbeKind[] = ["livenessProbe", "readinessProbe", "startupProbe"];

function probeErrors(probe: JsonObject | undefined, kind: ProbeKind, path: string): Errors {
  if (probe === undefined) return NONE;
  const grace = optionalWhole(probe, "terminationGracePeriodSeconds");
  const errors: FieldError[] = [
    ...handlerErrors(probe, path, OF_PROBE, undefined),
    ...COUNTS.flatMap((f) => nonNegative(`${path}.${f}`, whole(probe, f))),
  ];
  if (grace !== undefined && grace <= 0) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0"));
  if (kind === "readinessProbe") {
    if (grace !== undefined) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes"));
  } else if (whole(probe, "successThreshold") !== 1)
    errors.push(invalid(`${path}.successThreshold`, whole(probe, "successThreshold"), "must be 1"));
  return errors;
}
const lifecycleErrors = (lifecycle: JsonObject | undefined, path: string, grace: Seconds): Errors =>
  ["postStart", "preStop"].flatMap((name) => {
    const handler = child(lifecycle, name);
    return handler === undefined ? NONE : handlerErrors(handler, `${path}.${name}`, OF_LIFECYCLE, grace);
  });

/** Of a container that goes on running. */
export const runningErrors = (container: JsonObject, path: string, grace: Seconds): Errors => [
  ...lifecycleErrors(child(container, "lifecycle"), `${path}.lifecycle`, grace),
  ...PROBES.flatMap((kind) => probeErrors(child(container, kind), kind, `${path}.${kind}`)),
];
export const notRunningErrors = (container: JsonObject, path: string): Errors =>
  ["lifecycle", ...PROBES]
    .filter((f) => has(container, f))
    .map((f) => forbiddenField(`${path}.${f}`, "may not be set for init containers without restartPolicy=Always"));
