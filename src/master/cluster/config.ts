import { isMap, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { isSecure, type TlsSettings, type TlsSide } from "../../host/index.js";
import { ConfigError } from "./config-error.js";
import {
  address,
  asMap,
  byteSize,
  checkKeys,
  duration,
  expectText,
  type Fields,
  fail,
  flag,
  integer,
  optionalMap,
  type Reading,
  text1,
} from "./config-read.js";
import { forMaster, TLS, tlsSettings } from "./config-tls.js";
import { type ClusterSpec, DEFAULT_STORE, type MasterSpec, type StoreSettings } from "./spec.js";

/** The one configuration file format: `cluster-configs/*.yaml`, described for editors by cluster-configs/cluster.schema.json. */
export const API_VERSION = "trimast.dev/v1alpha1";
export const KIND = "Cluster";
export const MASTERS_ALLOWED = [1, 3, 5] as const;

const TOP: Fields = { apiVersion: "string", kind: "string", metadata: "map", spec: "map" };
const METADATA: Fields = { name: "string" };
const SPEC: Fields = { masters: "list", store: "map", tls: "map", front: "address" };
const MASTER: Fields = {
  name: "string",
  client: "address",
  peer: "address",
  advertiseClient: "address",
  advertisePeer: "address",
  apiserver: "address",
};
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
  authToken: "string",
  authTokenTtl: "duration",
  bcryptCost: "integer",
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
  return {
    name: text1(metadata, "name") ?? "trimast",
    ...frontOf(reading, spec),
    masters: masters(reading, spec),
    store: storeSettings(reading, spec),
  };
}

// ---------------------------------------------------------------- sections

/** The address that all apiservers share. Always HTTPS. */
function frontOf(reading: Reading, spec: YAMLMap): { readonly front?: string } {
  const front = address(reading, spec, "front", "https");
  return front === undefined ? {} : { front };
}

function masters(reading: Reading, spec: YAMLMap): readonly MasterSpec[] {
  const node = spec.get("masters", true) as Node | undefined;
  const items = (node as { items?: Node[] } | undefined)?.items;
  const tls = tlsSettings(reading, optionalMap(reading, spec, "tls", TLS));
  if (!items || isMap(node)) throw fail(reading, node ?? spec, "`masters` is a list of masters");
  if (!(MASTERS_ALLOWED as readonly number[]).includes(items.length)) {
    throw fail(reading, node, `${items.length} masters: a quorum has 1, 3 or 5`);
  }
  const list = items.map((item) => master(reading, asMap(reading, item, "a master"), tls));
  const names = list.map((m) => m.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fail(reading, node, `two masters are named ${twice}`);
  return list;
}

function master(reading: Reading, map: YAMLMap, tls: TlsSettings | undefined): MasterSpec {
  checkKeys(reading, map, MASTER);
  const name = text1(map, "name");
  if (name === undefined || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw fail(
      reading,
      (map.get("name", true) as Node | undefined) ?? map,
      "a master needs a `name` of lower-case letters, digits and dashes",
    );
  }
  const client = sideAddress(reading, map, "client", tls?.client);
  const peer = sideAddress(reading, map, "peer", tls?.peer);
  if (client === undefined || peer === undefined) throw fail(reading, map, `master ${name} needs \`client\` and \`peer\`, each host:port`);
  return {
    name,
    clientUrls: [client],
    peerUrls: [peer],
    advertiseClientUrls: [sideAddress(reading, map, "advertiseClient", tls?.client) ?? client],
    advertisePeerUrls: [sideAddress(reading, map, "advertisePeer", tls?.peer) ?? peer],
    ...apiOf(reading, map),
    ...(tls === undefined ? {} : { tls: forMaster(tls, name) }),
  };
}

function apiOf(reading: Reading, map: YAMLMap): { readonly apiUrl?: string } {
  const apiUrl = address(reading, map, "apiserver", "https");
  return apiUrl === undefined ? {} : { apiUrl };
}

/** https where the side has certificates and the address does not say otherwise. */
function sideAddress(reading: Reading, map: YAMLMap, key: string, side: TlsSide | undefined): string | undefined {
  const url = address(reading, map, key, side === undefined ? "http" : "https");
  if (url === undefined || !isSecure(url) || side !== undefined) return url;
  const use = /client/i.test(key) ? "client" : "peer";
  throw fail(
    reading,
    map.get(key, true) as Node,
    `${key}: ${url} needs certificates: \`spec.tls.${use}\` with \`certFile\` and \`keyFile\`, or \`auto: true\``,
  );
}

/** Of a leader in one election timeout. */
const HEARTBEATS_MIN = 5;
/** etcd's default: nobody is heard more often who did not ask for it. */
const DEFAULT_HEARTBEAT_MS_MIN = 100;
/** Whoever names a shorter timeout alone means it. */
const heartbeatFor = (electionMs: number): number =>
  Math.min(DEFAULT_STORE.heartbeatMs, Math.max(DEFAULT_HEARTBEAT_MS_MIN, Math.floor(electionMs / HEARTBEATS_MIN)));

function storeSettings(reading: Reading, spec: YAMLMap): StoreSettings {
  const map = optionalMap(reading, spec, "store", STORE);
  if (!map) return DEFAULT_STORE;
  const number = (key: string, from: (r: Reading, m: YAMLMap, k: string) => number | undefined, otherwise: number): number =>
    from(reading, map, key) ?? otherwise;
  const electionMs = number("electionTimeout", duration, DEFAULT_STORE.electionMs);
  const settings: StoreSettings = {
    token: text1(map, "token") ?? DEFAULT_STORE.token,
    heartbeatMs: number("heartbeat", duration, heartbeatFor(electionMs)),
    electionMs,
    keepEntries: number("snapshotCatchupEntries", integer, DEFAULT_STORE.keepEntries),
    quotaBytes: number("quota", byteSize, DEFAULT_STORE.quotaBytes),
    requestBytesMax: number("maxRequest", byteSize, DEFAULT_STORE.requestBytesMax),
    txnOpsMax: number("maxTxnOps", integer, DEFAULT_STORE.txnOpsMax),
    learnersMax: number("maxLearners", integer, DEFAULT_STORE.learnersMax),
    strictReconfigCheck: flag(reading, map, "strictReconfigCheck") ?? DEFAULT_STORE.strictReconfigCheck,
    leaseReads: flag(reading, map, "leaseReads") ?? DEFAULT_STORE.leaseReads,
    progressNotifyMs: number("watchProgressNotify", duration, DEFAULT_STORE.progressNotifyMs),
    autoCompaction: autoCompaction(reading, map),
    authToken: text1(map, "authToken") ?? DEFAULT_STORE.authToken,
    authTokenTtlMs: number("authTokenTtl", duration, DEFAULT_STORE.authTokenTtlMs),
    bcryptCost: number("bcryptCost", integer, DEFAULT_STORE.bcryptCost),
  };
  if (settings.electionMs < HEARTBEATS_MIN * settings.heartbeatMs) {
    throw fail(
      reading,
      map,
      `electionTimeout ${settings.electionMs}ms must be at least ${HEARTBEATS_MIN} times heartbeat ${settings.heartbeatMs}ms: one lost heartbeat must not start an election`,
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
