import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { ConfigError } from "./config-error.js";
import { parseDuration } from "./duration.js";
import { nearest } from "./nearest.js";
import { type ClusterSpec, DEFAULT_STORE, type MasterSpec, type StoreSettings } from "./spec.js";

/** The one configuration file format: `cluster-configs/*.yaml`, described for editors by cluster-configs/cluster.schema.json. */
export const API_VERSION = "trimast.dev/v1alpha1";
export const KIND = "Cluster";
export const MASTERS_ALLOWED = [1, 3, 5] as const;

interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
}
type FieldKind = "string" | "integer" | "boolean" | "duration" | "bytes" | "address" | "map" | "list";
type Fields = Readonly<Record<string, FieldKind>>;

const TOP: Fields = { apiVersion: "string", kind: "string", metadata: "map", spec: "map" };
const METADATA: Fields = { name: "string" };
const SPEC: Fields = { masters: "list", store: "map" };
const MASTER: Fields = { name: "string", client: "address", peer: "address", advertiseClient: "address", advertisePeer: "address" };
const STORE: Fields = {
  token: "string",
  heartbeat: "duration",
  electionTimeout: "duration",
  snapshotCatchupEntries: "integer",
  quota: "bytes",
  maxRequest: "bytes",
  maxTxnOps: "integer",
  maxLearners: "integer",
  strictReconfigCheck: "boolean",
  leaseReads: "boolean",
  watchProgressNotify: "duration",
  autoCompaction: "map",
};
const AUTO_COMPACTION: Fields = { mode: "string", retention: "string" };

export function parseClusterConfig(text: string, file: string): ClusterSpec {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const reading: Reading = { file, lines };
  const broken = doc.errors[0];
  if (broken) throw new ConfigError(file, lines.linePos(broken.pos[0]), broken.message);
  const top = asMap(reading, doc.contents, "the file");
  checkKeys(reading, top, TOP);
  expectText(reading, top, "apiVersion", API_VERSION);
  expectText(reading, top, "kind", KIND);
  const metadata = optionalMap(reading, top, "metadata", METADATA);
  const spec = optionalMap(reading, top, "spec", SPEC);
  if (!spec) throw new ConfigError(file, { line: 1, col: 1 }, "`spec` is missing: it lists the masters");
  return { name: text1(metadata, "name") ?? "trimast", masters: masters(reading, spec), store: storeSettings(reading, spec) };
}

// ---------------------------------------------------------------- sections

function masters(reading: Reading, spec: YAMLMap): readonly MasterSpec[] {
  const node = spec.get("masters", true) as Node | undefined;
  const items = (node as { items?: Node[] } | undefined)?.items;
  if (!items || isMap(node)) throw fail(reading, node ?? spec, "`masters` is a list of masters");
  if (!(MASTERS_ALLOWED as readonly number[]).includes(items.length)) {
    throw fail(reading, node, `${items.length} masters: a quorum has 1, 3 or 5`);
  }
  const list = items.map((item) => master(reading, asMap(reading, item, "a master")));
  const names = list.map((m) => m.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fail(reading, node, `two masters are named ${twice}`);
  return list;
}

function master(reading: Reading, map: YAMLMap): MasterSpec {
  checkKeys(reading, map, MASTER);
  const name = text1(map, "name");
  if (name === undefined || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw fail(
      reading,
      (map.get("name", true) as Node | undefined) ?? map,
      "a master needs a `name` of lower-case letters, digits and dashes",
    );
  }
  const client = address(reading, map, "client");
  const peer = address(reading, map, "peer");
  if (client === undefined || peer === undefined) throw fail(reading, map, `master ${name} needs \`client\` and \`peer\`, each host:port`);
  return {
    name,
    clientUrls: [client],
    peerUrls: [peer],
    advertiseClientUrls: [address(reading, map, "advertiseClient") ?? client],
    advertisePeerUrls: [address(reading, map, "advertisePeer") ?? peer],
  };
}

function storeSettings(reading: Reading, spec: YAMLMap): StoreSettings {
  const map = optionalMap(reading, spec, "store", STORE);
  if (!map) return DEFAULT_STORE;
  const number = (key: string, from: (r: Reading, m: YAMLMap, k: string) => number | undefined, otherwise: number): number =>
    from(reading, map, key) ?? otherwise;
  const settings: StoreSettings = {
    token: text1(map, "token") ?? DEFAULT_STORE.token,
    heartbeatMs: number("heartbeat", duration, DEFAULT_STORE.heartbeatMs),
    electionMs: number("electionTimeout", duration, DEFAULT_STORE.electionMs),
    keepEntries: number("snapshotCatchupEntries", integer, DEFAULT_STORE.keepEntries),
    quotaBytes: number("quota", byteSize, DEFAULT_STORE.quotaBytes),
    requestBytesMax: number("maxRequest", byteSize, DEFAULT_STORE.requestBytesMax),
    txnOpsMax: number("maxTxnOps", integer, DEFAULT_STORE.txnOpsMax),
    learnersMax: number("maxLearners", integer, DEFAULT_STORE.learnersMax),
    strictReconfigCheck: flag(reading, map, "strictReconfigCheck") ?? DEFAULT_STORE.strictReconfigCheck,
    leaseReads: flag(reading, map, "leaseReads") ?? DEFAULT_STORE.leaseReads,
    progressNotifyMs: number("watchProgressNotify", duration, DEFAULT_STORE.progressNotifyMs),
    autoCompaction: autoCompaction(reading, map),
  };
  if (settings.electionMs < 5 * settings.heartbeatMs) {
    throw fail(
      reading,
      map,
      `electionTimeout ${settings.electionMs}ms must be at least 5 times heartbeat ${settings.heartbeatMs}ms: one lost heartbeat must not start an election`,
    );
  }
  return settings;
}

function autoCompaction(reading: Reading, store: YAMLMap): StoreSettings["autoCompaction"] {
  const map = optionalMap(reading, store, "autoCompaction", AUTO_COMPACTION);
  if (!map) return { kind: "off" };
  const mode = text1(map, "mode") ?? "periodic";
  if (mode === "revision") return { kind: "revision", retention: integer(reading, map, "retention") ?? 1_000 };
  if (mode === "periodic") return { kind: "periodic", retentionMs: duration(reading, map, "retention") ?? 3_600_000 };
  throw fail(reading, map.get("mode", true) as Node, `mode ${mode}: it is periodic or revision`);
}

// ---------------------------------------------------------------- values

function fail(reading: Reading, node: Node | null | undefined, what: string): ConfigError {
  const at = node?.range ? reading.lines.linePos(node.range[0]) : { line: 1, col: 1 };
  return new ConfigError(reading.file, at, what);
}

function asMap(reading: Reading, node: Node | null, what: string): YAMLMap {
  if (!isMap(node)) throw fail(reading, node, `${what} must be a mapping of keys to values`);
  return node;
}

function optionalMap(reading: Reading, parent: YAMLMap, key: string, fields: Fields): YAMLMap | undefined {
  const node = parent.get(key, true) as Node | undefined;
  if (node === undefined) return undefined;
  const map = asMap(reading, node, `\`${key}\``);
  checkKeys(reading, map, fields);
  return map;
}

function checkKeys(reading: Reading, map: YAMLMap, fields: Fields): void {
  for (const { key } of map.items) {
    const name = isScalar(key) ? String(key.value) : "";
    if (name in fields) continue;
    const near = nearest(name, Object.keys(fields));
    throw fail(
      reading,
      key as Node,
      `unknown key \`${name}\`${near === undefined ? `: known are ${Object.keys(fields).join(", ")}` : `: did you mean \`${near}\`?`}`,
    );
  }
}

function expectText(reading: Reading, map: YAMLMap, key: string, expected: string): void {
  const value = text1(map, key);
  if (value === expected) return;
  const node = (map.get(key, true) as Node | undefined) ?? map;
  throw fail(
    reading,
    node,
    value === undefined ? `\`${key}: ${expected}\` is missing` : `${key} is ${value}: this version reads ${expected}`,
  );
}

function text1(map: YAMLMap | undefined, key: string): string | undefined {
  const value = map?.get(key);
  return value === undefined || value === null ? undefined : String(value);
}

function address(reading: Reading, map: YAMLMap, key: string): string | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  const match = /^(?:http:\/\/)?((?:\[[0-9a-fA-F:]+\])|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(value);
  if (!match || Number(match[2]) > 65_535) throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not host:port`);
  return `http://${match[1]}:${match[2]}`;
}

function integer(reading: Reading, map: YAMLMap, key: string): number | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
    throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not a whole number`);
  return Number(value);
}

function flag(reading: Reading, map: YAMLMap, key: string): boolean | undefined {
  const value = map.get(key);
  if (value === undefined || typeof value === "boolean") return value;
  throw fail(reading, map.get(key, true) as Node, `${key}: write true or false`);
}

function duration(reading: Reading, map: YAMLMap, key: string): number | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not a duration such as 100ms, 5s, 10m or 1h`);
  return ms;
}

const UNITS_BYTES: Readonly<Record<string, number>> = { "": 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };
function byteSize(reading: Reading, map: YAMLMap, key: string): number | undefined {
  const value = text1(map, key);
  if (value === undefined) return undefined;
  const match = /^(\d+)(Ki|Mi|Gi|)$/.exec(value);
  if (!match) throw fail(reading, map.get(key, true) as Node, `${key}: ${value} is not a size such as 1500000, 512Mi or 2Gi`);
  return Number(match[1]) * (UNITS_BYTES[match[2] as string] as number);
}
