import { equalJson, type FieldError, invalid, type JsonObject, type KubeObject, required, tooLong } from "../../../kube/meta/index.js";
import { configKey } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { VALUES_BYTES_MAX } from "../limits.js";
import { metaOf } from "../shared/meta-of.js";
import { child, entries, field, isTrue, text } from "../shared/read.js";
import { type Errors, forbiddenWhen, immutable, NONE } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const FROZEN = "field is immutable when `immutable` is set";

/** Bytes behind base64. */
const decodedLength = (base64: string): number => Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
const keyErrors = (path: string, key: string): Errors => configKey(key).map((m) => invalid(`${path}[${key}]`, key, m));
function frozenErrors(now: KubeObject, old: KubeObject, ...fields: readonly string[]): Errors {
  if (!isTrue(old, "immutable")) return NONE;
  return [
    ...forbiddenWhen(!isTrue(now, "immutable"), "immutable", FROZEN),
    ...fields.flatMap((f) => forbiddenWhen(!equalJson(field(now, f) ?? null, field(old, f) ?? null), f, FROZEN)),
  ];
}

function configMapErrors(map: KubeObject): Errors {
  const binary = child(map, "binaryData") ?? {};
  let bytes = 0;
  const errors: FieldError[] = [];
  for (const [key, value] of entries(map, "data")) {
    errors.push(...keyErrors("data", key));
    if (Object.hasOwn(binary, key)) errors.push(invalid(`data[${key}]`, key, "duplicate of key present in binaryData"));
    bytes += byteLength(String(value));
  }
  for (const [key, value] of entries(map, "binaryData")) {
    errors.push(...keyErrors("binaryData", key));
    bytes += decodedLength(String(value ?? ""));
  }
  return bytes > VALUES_BYTES_MAX ? [...errors, tooLong("", VALUES_BYTES_MAX)] : errors;
}
export const CONFIG_MAP: KindRules = {
  create: configMapErrors,
  update: (now, old) => [...frozenErrors(now, old, "data", "binaryData"), ...metaOf(now), ...configMapErrors(now)],
};

// ---------------------------------------------------------------- secrets

const ACCOUNT = "kubernetes.io/service-account.name";
const REDACTED = "<secret contents redacted>";
type OfType = (data: JsonObject, secret: KubeObject) => Errors;
const needs =
  (...keys: readonly string[]): OfType =>
  (data) =>
    keys.filter((k) => !Object.hasOwn(data, k)).map((k) => required(`data[${k}]`));
const jsonIn =
  (key: string): OfType =>
  (data) => {
    if (!Object.hasOwn(data, key)) return [required(`data[${key}]`)];
    const problem = jsonProblem(String(data[key] ?? ""));
    return problem === undefined ? NONE : [invalid(`data[${key}]`, REDACTED, problem)];
  };
const TYPES: Readonly<Record<string, OfType>> = {
  "kubernetes.io/service-account-token": (_, secret) =>
    secret.metadata.annotations?.[ACCOUNT] ? NONE : [required(`metadata.annotations[${ACCOUNT}]`)],
  "kubernetes.io/dockercfg": jsonIn(".dockercfg"),
  "kubernetes.io/dockerconfigjson": jsonIn(".dockerconfigjson"),
  "kubernetes.io/basic-auth": (data) =>
    Object.hasOwn(data, "username") || Object.hasOwn(data, "password") ? NONE : [required("data[username]"), required("data[password]")],
  "kubernetes.io/ssh-auth": (data) => (data["ssh-privatekey"] ? NONE : [required("data[ssh-privatekey]")]),
  "kubernetes.io/tls": needs("tls.crt", "tls.key"),
};
/** What Go's decoder says of a text that is no JSON object. */
function jsonProblem(base64: string): string | undefined {
  const content = decode(base64);
  if (content.trim() === "") return "unexpected end of JSON input";
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && !Array.isArray(value)) return undefined;
    const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch {
    const at = content.search(/\S/);
    const first = content[at] ?? "";
    return /[[{"]/.test(first) ? "unexpected end of JSON input" : `invalid character '${first}' looking for beginning of value`;
  }
}
/** As Latin-1: what matters here are quotes, braces and letters. */
const decode = (base64: string): string => {
  try {
    return atob(base64);
  } catch {
    return "";
  }
};
function secretErrors(secret: KubeObject): Errors {
  const data = child(secret, "data") ?? {};
  const all = entries(secret, "data");
  const bytes = all.reduce((sum, [, value]) => sum + decodedLength(String(value ?? "")), 0);
  return [
    ...all.flatMap(([key]) => keyErrors("data", key)),
    ...(bytes > VALUES_BYTES_MAX ? [tooLong("data", VALUES_BYTES_MAX)] : []),
    ...(TYPES[text(secret, "type")]?.(data, secret) ?? []),
  ];
}
/** The pair itself is not looked into: only whether there is one. */
function tlsWarnings(secret: KubeObject): readonly string[] {
  if (text(secret, "type") !== "kubernetes.io/tls") return [];
  const data = child(secret, "data");
  const [certificate, key] = [decode(text(data, "tls.crt")), decode(text(data, "tls.key"))];
  const labels = (content: string): readonly string[] => [...content.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((m) => m[1] as string);
  const [inCertificate, inKey] = [labels(certificate), labels(key)];
  if (inCertificate.length === 0) return ["tls: failed to find any PEM data in certificate input"];
  if (!inCertificate.includes("CERTIFICATE"))
    return inCertificate.length === 1 && inCertificate[0]?.endsWith("PRIVATE KEY")
      ? ["tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"]
      : [
          `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${inCertificate.join(" ")}]`,
        ];
  if (inKey.length === 0) return ["tls: failed to find any PEM data in key input"];
  if (inKey.some((l) => l === "PRIVATE KEY" || l.endsWith(" PRIVATE KEY"))) return [];
  return inKey.length === 1 && inKey[0] === "CERTIFICATE"
    ? ["tls: found a certificate rather than a key in the PEM for the private key"]
    : [
        `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${inKey.join(" ")}]`,
      ];
}
export const SECRET: KindRules = {
  create: secretErrors,
  update: (now, old) => [
    ...immutable("type", text(now, "type"), text(old, "type")),
    ...frozenErrors(now, old, "data"),
    ...metaOf(now),
    ...secretErrors(now),
  ],
  warnings: tlsWarnings,
};

const ENFORCE = "kubernetes.io/enforce-mountable-secrets";
export const SERVICE_ACCOUNT: KindRules = {
  create: () => NONE,
  update: (now) => metaOf(now),
  warnings: (now, old) =>
    now.metadata.annotations?.[ENFORCE] === undefined || old?.metadata.annotations?.[ENFORCE] !== undefined
      ? []
      : [`metadata.annotations[${ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`],
};
