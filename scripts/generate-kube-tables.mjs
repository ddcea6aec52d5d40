#!/usr/bin/env node
// Writes src/kube/schema/gen/messages.ts: the shape of every built-in kind, packed, a line a message (the format is in gen's reader,
// src/kube/schema/messages.ts). Facts only: names, numbers, types, flags. No descriptions.
//   node scripts/generate-kube-tables.mjs DATA_FOLDER [--check]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

const OUT = resolve(import.meta.dirname, "../src/kube/schema/gen/messages.ts");
const DATA = process.argv[2];
if (DATA === undefined) throw new Error("usage: generate-kube-tables.mjs DATA_FOLDER [--check]");

const fields = JSON.parse(readFileSync(join(DATA, "kubernetes-fields-1.36.json"), "utf8"));
const openapi = JSON.parse(gunzipSync(readFileSync(join(DATA, "kubernetes-openapi-1.36.json.gz"))).toString()).definitions;
const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

/** Types with a JSON form of their own. */
const SPECIAL = {
  [`${META}.Time`]: "t",
  [`${META}.MicroTime`]: "u",
  [`${META}.Duration`]: "D",
  [`${META}.FieldsV1`]: "a",
  "k8s.io.apimachinery.pkg.api.resource.Quantity": "q",
  "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "o",
  "k8s.io.apimachinery.pkg.runtime.RawExtension": "a",
};
for (const v of ["v1", "v1beta1"]) {
  const p = `k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.${v}`;
  SPECIAL[`${p}.JSON`] = "a";
  SPECIAL[`${p}.JSONSchemaPropsOrArray`] = "A";
  SPECIAL[`${p}.JSONSchemaPropsOrBool`] = "B";
  SPECIAL[`${p}.JSONSchemaPropsOrStringArray`] = "C";
}
for (const v of [
  "authentication.v1",
  "authentication.v1beta1",
  "authorization.v1",
  "authorization.v1beta1",
  "certificates.v1",
  "certificates.v1beta1",
])
  SPECIAL[`k8s.io.api.${v}.ExtraValue`] = "L";
SPECIAL[`${META}.Verbs`] = "L";
const SCALARS = { string: "s", bool: "b", int32: "i", int64: "l", double: "d", bytes: "y" };
/** Structs in the original: Go's omitempty has no effect on them, so their zero is printed. */
const STRUCTS = "tuDaqo";

const openapiName = (message) =>
  `io.k8s.${message.slice("k8s.io.".length)}`
    .replace("kube_aggregator", "kube-aggregator")
    .replace("apiextensions_apiserver", "apiextensions-apiserver");
const packageOf = (message) => message.slice(0, message.lastIndexOf("."));
const baseOf = (message) => message.slice(message.lastIndexOf(".") + 1);
const isSkipped = (m) =>
  m in SPECIAL || /^k8s\.io\.(apiserver|api\.imagepolicy)\b/.test(m) || /\.(runtime|resource)\.(TypeMeta|Unknown|QuantityValue)$/.test(m);
const included = Object.keys(fields)
  .filter((m) => !isSkipped(m) && !/\.meta\.v1\.(Timestamp|TypeMeta)$/.test(m))
  .sort();

// ------------------------------------------------------------------ groups
const groups = new Map();
for (const m of included)
  for (const g of openapi[openapiName(m)]?.["x-kubernetes-group-version-kind"] ?? [])
    if (!/Options$|WatchEvent/.test(baseOf(m))) groups.set(packageOf(m), g.group === "" ? g.version : `${g.group}/${g.version}`);
const byPart = new Map([...groups].map(([p, gv]) => [p.split(".").at(-2), gv.includes("/") ? gv.split("/")[0] : ""]));
const PLAIN = {
  apps: "apps",
  extensions: "extensions",
  batch: "batch",
  policy: "policy",
  autoscaling: "autoscaling",
  apiserverinternal: "internal.apiserver.k8s.io",
};
function groupVersion(pkg) {
  const [part, version] = pkg.split(".").slice(-2);
  if (part === "meta") return `meta.k8s.io/${version}`;
  return groups.get(pkg) ?? `${PLAIN[part] ?? byPart.get(part) ?? `${part}.k8s.io`}/${version}`;
}

// ------------------------------------------------------------------ kinds
const hasOwnKind = (m) => "kind" in fields[m] || "apiVersion" in fields[m];
const openapiKind = (m) => {
  const p = openapi[openapiName(m)]?.properties;
  return p !== undefined && "kind" in p && "apiVersion" in p && !hasOwnKind(m);
};
const kindNames = new Set(included.filter(openapiKind).map(baseOf));
const EXTRA_KINDS =
  /^(List|PartialObjectMetadata|SerializedReference|RangeAllocation|AdmissionReview|DeploymentRollback|APIGroupDiscovery|ConversionReview|Table|Scale|WatchEvent)(List)?$/;
const isKind = (m) => {
  if (openapiKind(m)) return true;
  if (openapi[openapiName(m)] !== undefined) return false;
  const base = baseOf(m);
  if (/Options$/.test(base)) return /\.(meta|core)\.v1\./.test(m);
  if (EXTRA_KINDS.test(base) || (kindNames.has(base) && "metadata" in fields[m])) return true;
  return fields[m].metadata?.t === `.${META}.ListMeta`;
};

// ------------------------------------------------------------------ order of printing
const typeOf = (pkg, t) => (t.startsWith(".") ? t.slice(1) : `${pkg}.${t}`);
const jsonName = (name, f) => f.json ?? name;
/** JSON names with their fields, inlined messages spread, by number. */
function spread(m) {
  const list = Object.entries(fields[m]).sort((a, b) => a[1].n - b[1].n);
  return list.flatMap(([name, f]) => (f.inline ? spread(typeOf(packageOf(m), f.t)) : [[jsonName(name, f), f, packageOf(m)]]));
}
const orders = new Map();
function learn(m, value) {
  if (m in SPECIAL || fields[m] === undefined || typeof value !== "object" || value === null || Array.isArray(value)) return;
  const known = spread(m);
  const keys = Object.keys(value).filter((k) => known.some(([name]) => name === k));
  if ((orders.get(m)?.length ?? 0) < keys.length) orders.set(m, keys);
  for (const [name, f, pkg] of known) {
    const inner = f.t.startsWith("map<") ? f.t.slice(f.t.indexOf(",") + 1, -1) : f.t;
    if (value[name] === undefined || inner in SCALARS) continue;
    const values = f.rep ? value[name] : f.t.startsWith("map<") ? Object.values(value[name]) : [value[name]];
    if (Array.isArray(values)) for (const v of values) learn(typeOf(pkg, inner), v);
  }
}
function learnFromGolden() {
  const folder = mkdtempSync(join(tmpdir(), "golden-"));
  execFileSync("tar", ["xzf", resolve(DATA, "kubernetes-golden-1.36.tar.gz"), "-C", folder]);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".json"));
  for (const file of files) {
    const value = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const m = included.find(
      (k) => baseOf(k) === value.kind && isKind(k) && (groupVersion(packageOf(k)) === value.apiVersion || packageOf(k) === META),
    );
    if (m !== undefined) learn(m, value);
  }
  rmSync(folder, { recursive: true });
}
learnFromGolden();
/** The order seen in the objects with every field set; where there is none, that of a namesake, else by number. */
function orderOf(m) {
  const own = orders.get(m);
  if (own !== undefined) return own;
  const names = spread(m).map(([name]) => name);
  for (const [other, keys] of orders) if (baseOf(other) === baseOf(m) && names.every((n) => keys.includes(n))) return keys;
  return undefined;
}

// ------------------------------------------------------------------ what OpenAPI says
/** Of a message; one that is only ever inlined is described by the type that it stands in. */
function described(m) {
  const own = openapi[openapiName(m)];
  if (own !== undefined) return own;
  const outer = included.find((o) => Object.values(fields[o]).some((f) => f.inline && typeOf(packageOf(o), f.t) === m));
  return outer === undefined ? undefined : openapi[openapiName(outer)];
}
/** Values that the data leaves out. */
const ENUMS = {
  addressType: ["FQDN", "IPv4", "IPv6"],
  allocationMode: ["All", "ExactCount"],
  pathType: ["Exact", "ImplementationSpecific", "Prefix"],
};
const valuesOf = (name, f) => (f.enum?.length === 0 ? ENUMS[name] : f.enum);

// ------------------------------------------------------------------ lines
const REFS = { "ref(AzureDataDiskCachingReadWrite)": '"ReadWrite"', "ref(AzureSharedBlobDisk)": '"Shared"' };
const percent = (text) => encodeURIComponent(text).replace(/%2F/g, "/").replace(/%24/g, "$").replace(/'/g, "%27");
const packages = [...new Set(included.map(packageOf))].sort();

function typeCode(pkg, t) {
  if (t in SCALARS) return SCALARS[t];
  if (t.startsWith("map<")) return `%${typeCode(pkg, t.slice(t.indexOf(",") + 1, -1))}`;
  const full = typeOf(pkg, t);
  const special = SPECIAL[full];
  if (special !== undefined) return "ABC".includes(special) ? `${special}` : special;
  if (fields[full] === undefined) throw new Error(`no message ${full}`);
  return packageOf(full) === pkg ? `.${baseOf(full)}` : `${packages.indexOf(packageOf(full))}.${baseOf(full)}`;
}
const PATCH = { merge: "m", replace: "e", retainKeys: "k" };
function fieldFlags(m, name, f, code, p) {
  const required = described(m)?.required?.includes(name) === true;
  const struct = !f.rep && !code.startsWith("%") && (STRUCTS.includes(code[0]) || code.includes("."));
  const omit = f.omit === 1 && (f.ptr === 1 || !struct || name === "creationTimestamp");
  const patch = (p?.["x-kubernetes-patch-strategy"] ?? "")
    .split(",")
    .filter((s) => s !== "")
    .map((s) => PATCH[s])
    .join("");
  const list = { set: "S", map: "M" }[p?.["x-kubernetes-list-type"]] ?? "";
  return `${f.ptr ? "p" : ""}${omit ? "o" : ""}${required ? "r" : ""}${f.inline ? "n" : ""}${list}${p?.["x-kubernetes-map-type"] === "atomic" ? "a" : ""}${patch}`;
}
function fieldText(m, name, f) {
  const p = described(m)?.properties?.[jsonName(name, f)];
  const code = typeCode(packageOf(m), f.t);
  const more = [
    p?.["x-kubernetes-list-map-keys"] === undefined ? "" : `K${p["x-kubernetes-list-map-keys"].join("+")}`,
    p?.["x-kubernetes-patch-merge-key"] === undefined ? "" : `P${p["x-kubernetes-patch-merge-key"]}`,
    valuesOf(name, f) === undefined ? "" : `E${valuesOf(name, f).map(percent).join("+")}`,
    f.default === undefined ? "" : `D${percent(REFS[f.default] ?? f.default)}`,
  ].filter((s) => s !== "");
  return [percent(jsonName(name, f)), f.n, `${f.rep ? "*" : ""}${code}`, fieldFlags(m, jsonName(name, f), f, code, p), ...more].join(",");
}
function messageText(m) {
  const atomic = openapi[openapiName(m)]?.["x-kubernetes-map-type"] === "atomic";
  const flags = `${isKind(m) ? "K" : ""}${atomic ? "a" : ""}${openapi[openapiName(m)] === undefined ? "h" : ""}`;
  const list = Object.entries(fields[m]).sort((a, b) => a[1].n - b[1].n);
  const order = orderOf(m)?.filter((n) => spread(m).some(([name]) => name === n));
  const byNumber = spread(m).map(([name]) => name);
  // Position in print of each name that comes by number: only where the two orders differ.
  const differs = order !== undefined && order.length === byNumber.length && order.some((n, i) => n !== byNumber[i]);
  const positions = differs ? `:${byNumber.map((n) => order.indexOf(n).toString(36)).join(".")}` : "";
  return [`${baseOf(m)}:${flags}${positions}`, ...list.map(([name, f]) => fieldText(m, name, f))].join(" ");
}
const lines = packages.flatMap((p) => [
  `@${openapiName(p)} ${groupVersion(p)}`,
  ...included.filter((m) => packageOf(m) === p).map(messageText),
]);
const unions = Object.entries(openapi).flatMap(([name, d]) =>
  (d["x-kubernetes-unions"] ?? []).map((u) => `${name} ${u.discriminator ?? ""} ${Object.keys(u["fields-to-discriminateBy"]).join(",")}`),
);
if (lines.some((l) => /[`\\]|\$\{/.test(l))) throw new Error("a character that a template literal does not hold");
const text = `// Generated by scripts/generate-kube-tables.mjs: do not edit. The format is read by ../messages.ts.
export const MESSAGES = \`
${lines.join("\n")}
\`;
export const UNIONS = \`
${unions.join("\n")}
\`;
`;
if (process.argv.includes("--check")) {
  if (readFileSync(OUT, "utf8") !== text) throw new Error("src/kube/schema/gen/messages.ts is not what the data makes: generate it again");
} else writeFileSync(OUT, text);
