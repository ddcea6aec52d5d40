import { equalJson, type FieldError, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { HASH_BITS_MAX, QUEUES_MAX } from "../limits.js";
import { invalidDump } from "../shared/internal-form.js";
import { metaOf } from "../shared/meta-of.js";
import { child, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, forbiddenWhen, inRange, NONE, oneOf } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { EXEMPT, MANDATORY_LEVELS } from "./mandatory.js";
import { statusErrors } from "./parts.js";

const TYPES = ["Exempt", "Limited"];
const RESPONSES = ["Queue", "Reject"];
/** Says in an old version that no shares are meant; it is translated, and never stored. */
const ZERO_SHARES = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";

/** Dealing a hand takes as many random bits; a hash has no more. */
const entropyBits = (queues: number, hand: number): number => Math.ceil(Math.log2(queues) * hand);
function handErrors(hand: number, queues: number, path: string): Errors {
  if (hand <= 0) return [invalid(path, hand, "must be positive")];
  if (hand > queues) return [invalid(path, hand, `should not be greater than queues (${queues})`)];
  if (entropyBits(queues, hand) <= HASH_BITS_MAX) return NONE;
  const why = `required entropy bits of deckSize ${queues} and handSize ${hand} should not be greater than ${HASH_BITS_MAX}`;
  return [invalid(path, hand, why)];
}
function queuingErrors(queuing: JsonObject, path: string): Errors {
  const [length, queues, hand] = ["queueLengthLimit", "queues", "handSize"].map((f) => Number(whole(queuing, f))) as [
    number,
    number,
    number,
  ];
  const errors: FieldError[] = length <= 0 ? [invalid(`${path}.queueLengthLimit`, length, "must be positive")] : [];
  if (queues <= 0) errors.push(invalid(`${path}.queues`, queues, "must be positive"));
  if (queues > QUEUES_MAX) errors.push(invalid(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`));
  return [...errors, ...handErrors(hand, queues, `${path}.handSize`)];
}
function responseErrors(response: JsonObject, path: string): Errors {
  const [type, queuing] = [text(response, "type"), child(response, "queuing")];
  const at = `${path}.queuing`;
  if (type === "Reject") return forbiddenWhen(queuing !== undefined, at, "must be nil if limited.limitResponse.type is not Limited");
  if (type !== "Queue") return oneOf(`${path}.type`, type, RESPONSES);
  return queuing ? queuingErrors(queuing, at) : [required(at, "must not be empty if limited.limitResponse.type is Limited")];
}
const sharesErrors = (part: JsonObject, path: string): Errors => {
  const shares = whole(part, "nominalConcurrencyShares");
  return shares < 0 ? [invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer")] : NONE;
};
const lendableErrors = (part: JsonObject, path: string): Errors =>
  inRange(`${path}.lendablePercent`, whole(part, "lendablePercent"), 0, 100);
function limitedErrors(limited: JsonObject, path: string): Errors {
  const borrowed = optionalWhole(limited, "borrowingLimitPercent");
  const negative = borrowed !== undefined && borrowed < 0;
  return [
    ...sharesErrors(limited, path),
    ...responseErrors(child(limited, "limitResponse") ?? {}, `${path}.limitResponse`),
    ...lendableErrors(limited, path),
    ...(negative ? [invalid(`${path}.borrowingLimitPercent`, borrowed, "if specified, must be a non-negative integer")] : NONE),
  ];
}
function specErrors(spec: JsonObject, name: string): Errors {
  const [type, limited, exempt] = [text(spec, "type"), child(spec, "limited"), child(spec, "exempt")];
  const errors: FieldError[] = [];
  if ((name === EXEMPT) !== (type === "Exempt"))
    errors.push(invalid("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  if (type === "Exempt") {
    errors.push(...forbiddenWhen(limited !== undefined, "spec.limited", "must be nil if the type is not Limited"));
    if (exempt) errors.push(...sharesErrors(exempt, "spec.exempt"), ...lendableErrors(exempt, "spec.exempt"));
  } else if (type === "Limited") {
    errors.push(...forbiddenWhen(exempt !== undefined, "spec.exempt", "must be nil if the type is Limited"));
    if (limited) errors.push(...limitedErrors(limited, "spec.limited"));
    else errors.push(required("spec.limited", "must not be empty when type is Limited"));
  } else errors.push(...oneOf("spec.type", type, TYPES));
  return errors;
}
function fixedErrors(spec: JsonObject, name: string): Errors {
  const fixed = Object.hasOwn(MANDATORY_LEVELS, name) ? MANDATORY_LEVELS[name] : undefined;
  if (fixed === undefined) return NONE;
  const { exempt, ...rest } = spec;
  if (equalJson(name === EXEMPT ? rest : spec, fixed)) return NONE;
  const but = name === EXEMPT ? " except the 'spec.exempt' field" : "";
  return [invalidDump("spec", spec, `spec of '${name}'${but} must equal the fixed value`)];
}
function levelErrors(o: KubeObject): Errors {
  const [spec, name] = [specOf(o), o.metadata.name ?? ""];
  const translated = o.metadata.annotations?.[ZERO_SHARES] !== undefined;
  return [
    ...metaOf(o, { namespaced: false }),
    ...forbiddenWhen(translated, "metadata.annotations", `annotation '${ZERO_SHARES}' is forbidden`),
    ...specErrors(spec, name),
    ...fixedErrors(spec, name),
    ...statusErrors(o),
  ];
}
export const PRIORITY_LEVEL: KindRules = {
  ownMetadata: "all",
  create: levelErrors,
  update: levelErrors,
  parts: { status: statusErrors },
};
