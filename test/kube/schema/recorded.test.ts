import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isObject, type Json, type JsonObject, parseApiVersion } from "../../../src/kube/meta/index.js";
import { applyDefaults, DecodeError, encodeJson, type KindSchema, kindSchema, readBody } from "../../../src/kube/schema/index.js";
import { CORPUS } from "./data.js";

interface Recorded {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly body?: Json;
  readonly type?: string;
  readonly code: number;
  readonly answer: JsonObject;
}
const FILES = CORPUS === undefined ? [] : readdirSync(CORPUS).filter((f) => f.endsWith(".jsonl"));
const read = (file: string): readonly Recorded[] =>
  readFileSync(join(CORPUS ?? "", file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);

/**
 * What comes after defaulting, by kind: admission, strategies, allocation, gates that are off. All of it is somebody else's, and it is
 * left out of the comparison on both sides. "*" is any item or key.
 */
const LATER: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    "spec.priority",
    "spec.preemptionPolicy",
    "spec.tolerations",
    "spec.serviceAccount",
    "spec.serviceAccountName",
    "spec.imagePullSecrets",
    "spec.nodeSelector",
    "spec.overhead",
    "spec.schedulingGroup",
    "spec.affinity",
    "spec.topologySpreadConstraints",
    "spec.*.*.volumeMounts",
    "spec.volumes.*.projected.sources.*.clusterTrustBundle",
    "metadata.annotations",
  ],
  Service: [
    "spec.clusterIP",
    "spec.clusterIPs",
    "spec.ipFamilies",
    "spec.ipFamilyPolicy",
    "spec.ports.*.nodePort",
    "spec.healthCheckNodePort",
    "spec.internalTrafficPolicy",
  ],
  Node: ["spec.taints", "spec.configSource", "spec.podCIDRs"],
  Job: ["spec.selector", "metadata.labels", "spec.template.metadata.labels"],
  Secret: ["stringData", "data"],
  StatefulSet: ["spec.updateStrategy.rollingUpdate.maxUnavailable"],
  DaemonSet: ["metadata.annotations"],
  CertificateSigningRequest: ["spec"],
  PersistentVolumeClaim: ["spec.dataSource", "spec.dataSourceRef"],
  EndpointSlice: ["endpoints.*.deprecatedTopology"],
  Namespace: ["spec", "metadata.labels"],
  Lease: ["spec.preferredHolder", "spec.strategy"],
  ServiceAccount: ["secrets"],
};
function leaveOut(value: Json, path: readonly string[]): void {
  const [step = "", ...rest] = path;
  if (!isObject(value) && !Array.isArray(value)) return;
  const inner = value as { [key: string]: Json };
  for (const key of step === "*" ? Object.keys(inner) : [step]) {
    if (rest.length === 0) delete inner[key];
    else if (inner[key] !== undefined) leaveOut(inner[key], rest);
  }
}

/** Masked by the recording ("<ip>", "<time>"): anything of that shape fits. Descriptions and long values are masked too. */
function differences(mine: Json | undefined, theirs: Json | undefined, path: string): readonly string[] {
  if (typeof theirs === "string" && /<(?:ip|time|uid|rv|port|words|sha256|5|pem|certificate)>/.test(theirs)) return [];
  if (typeof mine === "string" && typeof theirs === "string" && path.endsWith("caBundle")) return [];
  if (typeof mine !== "object" || typeof theirs !== "object" || mine === null || theirs === null)
    return mine === theirs ? [] : [`${path}: ${JSON.stringify(mine)} is not ${JSON.stringify(theirs)}`];
  const [a, b] = [mine as JsonObject, theirs as JsonObject];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differences(a[key], b[key], `${path}.${key}`));
}

function kindAt(apiVersion: string, name: string): KindSchema | undefined {
  const gv = parseApiVersion(apiVersion);
  return gv === undefined ? undefined : kindSchema({ ...gv, kind: name });
}
const bodyBytes = (r: Recorded): Buffer => Buffer.from(typeof r.body === "string" ? r.body : JSON.stringify(r.body));

/** What a create was answered with is its body with defaults, but for what comes later. */
function comparable(o: JsonObject): JsonObject {
  const copy = structuredClone(o);
  const metadata = isObject(copy["metadata"]) ? copy["metadata"] : {};
  const { labels = {}, annotations = {} } = metadata;
  copy["metadata"] = { labels, annotations };
  for (const name of ["status", "<warning>"]) delete copy[name];
  for (const path of LATER[String(copy["kind"])] ?? []) leaveOut(copy, path.split("."));
  // A service account's token is one volume more.
  const spec = copy["spec"];
  if (copy["kind"] === "Pod" && isObject(spec) && Array.isArray(spec["volumes"])) {
    const volumes = spec["volumes"].filter((v) => !(isObject(v) && String(v["name"]).startsWith("kube-api-access-")));
    if (volumes.length > 0) spec["volumes"] = volumes;
    else delete spec["volumes"];
  }
  return copy;
}
function isCreate(r: Recorded): boolean {
  return r.method === "POST" && (r.code === 200 || r.code === 201) && isObject(r.body) && r.answer["kind"] !== "Status";
}

describe.skipIf(CORPUS === undefined)("recorded answers", () => {
  test.each(FILES)("%s: what was created is the body with its defaults", (file) => {
    const wrong = read(file)
      .filter(isCreate)
      .flatMap((r) => {
        const kind = kindAt(String(r.answer["apiVersion"]), String(r.answer["kind"]));
        if (kind === undefined) return [];
        const { object } = readBody(bodyBytes(r), "json").decode(kind, { fieldValidation: "warn" });
        const mine = JSON.parse(encodeJson(applyDefaults(kind, object, "2026-01-01T00:00:00Z"))) as JsonObject;
        return differences(comparable(mine), comparable(r.answer), "").map((d) => `${r.id} ${d}`);
      });
    expect(wrong).toEqual([]);
  });

  const MASKS: readonly (readonly [RegExp, string])[] = [
    [
      /json: cannot unmarshal (\w+)( number \S+)? into Go (struct field \S+|value) of type [^\s"\\,\]]+/g,
      "json: cannot unmarshal $1 into <type>",
    ],
    [/(invalid character '.*|unexpected end of JSON input.*|json: unsupported value: .*)/g, "<bad json>"],
    [/parsing time .*/g, "<bad time>"],
    [/illegal base64 data at input byte \d+/g, "illegal base64 data"],
    [/strconv\.\w+: parsing .*?: (invalid syntax|value out of range)/g, "<bad number>"],
    [/yaml: (line \d+: )?.*/g, "yaml: <bad yaml>"],
  ];
  const masked = (text: string): string => MASKS.reduce((t, [pattern, by]) => t.replace(pattern, by), text);
  const REFUSED = /^(\S+) in version "[^"]+" cannot be handled as a (\w+): (?!no kind|converting)(.*)/s;

  test.each(FILES)("%s: what could not be decoded is refused with the same words", (file) => {
    const wrong = read(file).flatMap((r) => {
      const refusal = REFUSED.exec(String(r.answer?.["message"] ?? ""));
      if (refusal === null || r.code !== 400 || (r.method !== "POST" && r.method !== "PUT")) return [];
      const segments = (r.path.split("?")[0] ?? "").split("/").filter((s) => s !== "");
      const kind = kindAt(segments[0] === "api" ? String(segments[1]) : `${segments[1]}/${segments[2]}`, String(refusal[2]));
      if (kind === undefined) return [];
      const fieldValidation = r.path.includes("fieldValidation=Strict") ? "strict" : "warn";
      const words = said(
        () => readBody(bodyBytes(r), /yaml/.test(r.type ?? "") ? "yaml" : "json").decode(kind, { fieldValidation }).problems,
      );
      return masked(words) === masked(refusal[3] ?? "") ? [] : [`${r.id}: ${masked(words)} is not ${refusal[3]}`];
    });
    expect(wrong).toEqual([]);
  });

  test.each(FILES)("%s: warnings about fields are the same", (file) => {
    const wrong = read(file).flatMap((r) => {
      const warning = r.answer?.["<warning>"];
      if (typeof warning !== "string" || !/(?:unknown|duplicate) field|already set/.test(warning) || r.code >= 300) return [];
      const kind = kindAt(String(r.answer["apiVersion"]), String(r.answer["kind"]));
      if (kind === undefined || (r.method !== "POST" && r.method !== "PUT")) return [];
      const body = readBody(bodyBytes(r), /yaml/.test(r.type ?? "") ? "yaml" : "json").decode(kind, { fieldValidation: "warn" });
      return body.problems.filter((p) => !warning.includes(p.replaceAll('"', '\\"'))).map((p) => `${r.id}: ${p} is not in ${warning}`);
    });
    expect(wrong).toEqual([]);
  });
});

function said(decode: () => readonly string[]): string {
  try {
    return `strict decoding error: ${decode().join(", ")}`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}
