import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  required,
} from "../../../kube/meta/index.js";
import { CERTIFICATE_SECONDS_MIN } from "../limits.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { field, objects, optionalWhole, text, texts } from "../shared/read.js";
import { type Errors, NONE, oneOf } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { certificateText } from "./content.js";
import { parseRequest } from "./request.js";
import { signerNameErrors } from "./signer-name.js";

const USAGES = [
  ...["any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only"],
  ...["digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement"],
  ...["key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"],
];
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const [APPROVED, DENIED, FAILED] = ["Approved", "Denied", "Failed"] as const;
const PERMANENT = [APPROVED, DENIED, FAILED];

/** What a write may do besides. */
interface Options {
  readonly setsApproval?: true;
  readonly setsCertificate?: true;
}

const conditionsOf = (o: KubeObject | undefined): readonly JsonObject[] => (o ? objects(statusOf(o), "conditions") : []);
const typesOf = (o: KubeObject | undefined): readonly string[] => conditionsOf(o).map((c) => text(c, "type"));
const usagesOf = (o: KubeObject | undefined): readonly string[] => (o ? texts(specOf(o), "usages") : []);
const certificateOf = (o: KubeObject | undefined): string => (o ? text(statusOf(o), "certificate") : "");
const repeats = (values: readonly string[]): boolean => new Set(values).size < values.length;

function requestErrors(o: KubeObject): Errors {
  const parsed = parseRequest(text(specOf(o), "request"));
  return parsed.kind === "wrong" ? [invalid("spec.request", field(specOf(o), "request"), parsed.why)] : NONE;
}
function usageErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const [usages, was] = [usagesOf(o), usagesOf(old)];
  const unknown = was.every((u) => USAGES.includes(u)) ? usages.flatMap((u, i) => oneOf(`spec.usages[${i}]`, u, USAGES)) : NONE;
  const again = repeats(was) ? NONE : usages.flatMap((u, i) => (usages.indexOf(u) < i ? [duplicate(`spec.usages[${i}]`, u)] : NONE));
  return [...(usages.length === 0 ? [required("spec.usages")] : NONE), ...unknown, ...again];
}
function signerErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const [path, name] = ["spec.signerName", text(specOf(o), "signerName")];
  const kept = old !== undefined && text(specOf(old), "signerName") === LEGACY_SIGNER;
  if (name === LEGACY_SIGNER && !kept) return [invalid(path, name, "the legacy signerName is not allowed via this API version")];
  return signerNameErrors(path, name);
}
function conditionErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const [types, was] = [typesOf(o), typesOf(old)];
  const bothWere = was.includes(APPROVED) && was.includes(DENIED);
  return conditionsOf(o).flatMap((c, i) => {
    const [path, type, before] = [`status.conditions[${i}]`, text(c, "type"), types.slice(0, i)];
    const errors: FieldError[] = type === "" && !was.includes("") ? [required(`${path}.type`)] : [];
    errors.push(...oneOf(`${path}.status`, text(c, "status"), statusesOf(type), "required"));
    const other = type === APPROVED ? DENIED : type === DENIED ? APPROVED : undefined;
    if (other && before.includes(other) && !bothWere)
      errors.push(invalid("status.conditions", type, "Approved and Denied conditions are mutually exclusive"));
    if (before.includes(type) && !repeats(was)) errors.push(duplicate(`${path}.type`, type));
    return errors;
  });
}
const statusesOf = (type: string): readonly string[] => (PERMANENT.some((p) => p === type) ? ["True"] : ["False", "True", "Unknown"]);
function certificateErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const [now, was] = [certificateOf(o), certificateOf(old)];
  const tolerated = old !== undefined && (now === was || certificateText(was) !== undefined);
  const wrong = tolerated ? undefined : certificateText(now);
  return wrong === undefined ? NONE : [invalid("status.certificate", "<certificate data>", wrong)];
}
function allErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const seconds = optionalWhole(specOf(o), "expirationSeconds");
  const short = seconds !== undefined && seconds < CERTIFICATE_SECONDS_MIN;
  const why = `may not specify a duration less than ${CERTIFICATE_SECONDS_MIN} seconds (10 minutes)`;
  return [
    ...metaOf(o, { namespaced: false, name: () => [] }),
    ...requestErrors(o),
    ...usageErrors(o, old),
    ...signerErrors(o, old),
    ...(short ? [invalid("spec.expirationSeconds", seconds, why)] : NONE),
    ...conditionErrors(o, old),
    ...certificateErrors(o, old),
  ];
}

/** An approval, a denial and a failure are for ever; the first two are for approvers alone. */
function permanenceErrors(o: KubeObject, old: KubeObject, setsApproval: boolean): Errors {
  const [types, was] = [typesOf(o), typesOf(old)];
  const grown = (t: string): number => types.filter((x) => x === t).length - was.filter((x) => x === t).length;
  const tell = (how: string, t: string): FieldError =>
    forbiddenField("status.conditions", `updates may not ${how} a condition of type ${JSON.stringify(t)}`);
  const added = setsApproval ? [] : [APPROVED, DENIED].filter((t) => grown(t) > 0);
  return [...PERMANENT.filter((t) => grown(t) < 0).map((t) => tell("remove", t)), ...added.map((t) => tell("add", t))];
}
function issuedErrors(o: KubeObject, old: KubeObject, setsCertificate: boolean): Errors {
  const [now, was] = [certificateOf(o), certificateOf(old)];
  if (now === was || (setsCertificate && was === "")) return NONE;
  return [forbiddenField("status.certificate", `updates may not ${setsCertificate ? "modify existing" : "set"} certificate content`)];
}
const updateErrors =
  (options: Options) =>
  (o: KubeObject, old: KubeObject): Errors => [
    ...allErrors(o, old),
    ...permanenceErrors(o, old, options.setsApproval === true),
    ...issuedErrors(o, old, options.setsCertificate === true),
    ...metaChangesOf(o, old),
  ];
export const SIGNING_REQUEST: KindRules = {
  ownMetadata: "all",
  create: (o) => allErrors(o, undefined),
  update: updateErrors({}),
  parts: { approval: updateErrors({ setsApproval: true }), status: updateErrors({ setsCertificate: true }) },
};
