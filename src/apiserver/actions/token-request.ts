import { randomUUID } from "node:crypto";
import {
  badRequest,
  conflict,
  type FieldError,
  invalid,
  invalidObject,
  type JsonObject,
  type KubeObject,
  notFound,
} from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import type { ObjectReader } from "../resources/index.js";
import {
  admitMutating,
  admitValidating,
  bodyObject,
  checkNamespace,
  type Exchange,
  kindOutput,
  objectResponse,
  writeOptions,
} from "../verbs/index.js";
import { bodyKind } from "./kinds.js";

const SECONDS_DEFAULT = 3_600;
const SECONDS_MIN = 600;
const SECONDS_MAX = 2 ** 32;
/** A token that was injected into a pod may be used for a year, and tells from when on that is late. */
const INJECTED_SECONDS = 3_607;
const EXTENDED_SECONDS = 365 * 86_400;

export interface Issuer {
  readonly issuer: string;
  sign(claims: object): string;
}

/** POST serviceaccounts/x/token: a token bound to the account, and to a pod, node or secret when asked. */
export async function tokenRequest(x: Exchange, reader: ObjectReader, issuer: Issuer): Promise<ApiResponse> {
  const output = kindOutput(x);
  const options = writeOptions(x.info.query, "CreateOptions");
  const kind = bodyKind({ group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" });
  const object = await bodyObject(x, kind, options.fieldValidation);
  checkNamespace(x, object);
  const about = { operation: "CREATE", name: x.info.name, object, old: undefined, dryRun: options.dryRun, kind: kind.gvk } as const;
  await admitMutating(x, about);
  const account = await reader.get("", "serviceaccounts", x.info.namespace, x.info.name);
  if (!account) throw notFound({ group: "", resource: "serviceaccounts" }, x.info.name);
  const spec = { ...(object["spec"] as JsonObject | undefined) };
  check(x, object, spec);
  await admitValidating(x, about);
  const seconds = Number(spec["expirationSeconds"] ?? SECONDS_DEFAULT);
  const bound = await boundObject(x, reader, spec["boundObjectRef"] as JsonObject | undefined, account);
  const audiences = ((spec["audiences"] ?? []) as string[]).length > 0 ? (spec["audiences"] as string[]) : [issuer.issuer];
  const now = Math.floor(x.nowMs / 1_000);
  const injected = seconds === INJECTED_SECONDS && audiences.length === 1 && audiences[0] === issuer.issuer && bound?.["pod"] !== undefined;
  const lifetime = injected ? EXTENDED_SECONDS : seconds;
  const claims = {
    aud: audiences,
    exp: now + lifetime,
    iat: now,
    iss: issuer.issuer,
    jti: randomUUID(),
    "kubernetes.io": {
      namespace: x.info.namespace,
      ...bound,
      serviceaccount: { name: account.metadata.name, uid: account.metadata.uid },
      ...(injected ? { warnafter: now + seconds } : {}),
    },
    nbf: now,
    sub: `system:serviceaccount:${x.info.namespace}:${account.metadata.name}`,
  };
  const token = issuer.sign(claims);
  const expiry = new Date((now + seconds) * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  const shown: KubeObject = {
    ...object,
    metadata: {
      name: x.info.name,
      namespace: x.info.namespace,
      creationTimestamp: new Date(x.nowMs).toISOString().replace(/\.\d+Z$/, "Z"),
    },
    spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec["boundObjectRef"] ?? null },
    status: { token, expirationTimestamp: expiry },
  };
  return objectResponse(x, shown, output, 201);
}

function check(x: Exchange, object: KubeObject, spec: JsonObject): void {
  const errors: FieldError[] = [];
  const seconds = Number(spec["expirationSeconds"] ?? SECONDS_DEFAULT);
  if (seconds < SECONDS_MIN) errors.push(invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > SECONDS_MAX) errors.push(invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"));
  if (errors.length > 0) throw invalidObject({ group: "authentication.k8s.io", kind: "TokenRequest" }, object.metadata.name ?? "", errors);
  const name = object.metadata.name ?? "";
  if (name !== "" && name !== x.info.name) {
    throw invalidObject({ group: "authentication.k8s.io", kind: "TokenRequest" }, x.info.name, [
      invalid("metadata.name", name, "must match the service account name if specified"),
    ]);
  }
}

const BINDABLE: Readonly<
  Record<string, { readonly resource: string; readonly namespaced: boolean; readonly claim: "pod" | "secret" | "node" }>
> = {
  "v1/Pod": { resource: "pods", namespaced: true, claim: "pod" },
  "v1/Secret": { resource: "secrets", namespaced: true, claim: "secret" },
  "v1/Node": { resource: "nodes", namespaced: false, claim: "node" },
};
async function boundObject(
  x: Exchange,
  reader: ObjectReader,
  ref: JsonObject | undefined,
  account: KubeObject,
): Promise<JsonObject | undefined> {
  if (!ref) return undefined;
  const name = String(ref["name"] ?? "");
  const [apiVersion, kind] = [String(ref["apiVersion"] ?? ""), String(ref["kind"] ?? "")];
  const bindable = BINDABLE[`${apiVersion}/${kind}`];
  if (!bindable) {
    const type = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
    throw badRequest(`cannot bind token to object of type ${type}, Kind=${kind}`);
  }
  const found = await reader.get("", bindable.resource, bindable.namespaced ? x.info.namespace : "", name);
  if (!found) throw notFound({ group: "", resource: bindable.resource }, name);
  const spec = (found["spec"] ?? {}) as JsonObject;
  if (bindable.claim === "pod" && spec["serviceAccountName"] !== account.metadata.name) {
    throw badRequest(`cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`);
  }
  if (ref["uid"] && ref["uid"] !== found.metadata.uid) {
    const why = `the UID in the bound object reference (${String(ref["uid"])}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", resource: bindable.resource }, name, why);
  }
  return { [bindable.claim]: { name, uid: found.metadata.uid ?? "" } };
}
