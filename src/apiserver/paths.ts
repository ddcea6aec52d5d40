import { EXPOSITION_TYPE } from "../base/index.js";
import { type ApiResponse, bytesResponse, JSON_TYPE, jsonText } from "./chain/index.js";
import { HEALTH_CHECKS } from "./health.js";
import { type Family, text } from "./metrics/index.js";
import type { ResourceTable } from "./resources/index.js";
import type { PathHandler } from "./server.js";

/** Who signs service accounts' tokens, for those who check them themselves. */
export interface Issuer {
  readonly issuer: string;
  /** Of this server, as others reach it: "https://10.0.0.1:6443". */
  readonly address: string;
  readonly keys: object;
}
/** Keys change rarely; readers may keep them this long. Source: the original's default. */
const KEYS_SECONDS_MAX = 3_600;
const CACHED = new Map([["cache-control", `public, max-age=${KEYS_SECONDS_MAX}`]]);
const JWKS = "/openid/v1/jwks";
const OPENID = "/.well-known/openid-configuration";

const isPath = (path: string, wanted: string): boolean => path === wanted || path === `${wanted}/`;

export const versionPath: PathHandler = (_request, info) => {
  if (!isPath(info.path, "/version")) return undefined;
  const version = {
    major: "1",
    minor: "36",
    emulationMajor: "1",
    emulationMinor: "36",
    minCompatibilityMajor: "1",
    minCompatibilityMinor: "35",
    gitVersion: "v1.36.0+trimast",
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "none",
    // Old kubectl prints this; "gc" is what every build of the original says.
    compiler: "gc",
    platform: `${process.platform}/${process.arch}`,
  };
  return bytesResponse(200, JSON_TYPE, jsonText(version, true));
};

/** OpenID discovery of the token issuer, and its public keys. */
export function issuerPaths(of: Issuer): PathHandler {
  return (_request, info) => {
    if (isPath(info.path, JWKS)) return bytesResponse(200, "application/jwk-set+json", JSON.stringify(of.keys), CACHED);
    if (!isPath(info.path, OPENID)) return undefined;
    const document = {
      issuer: of.issuer,
      jwks_uri: `${of.address}${JWKS}`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    };
    return bytesResponse(200, JSON_TYPE, JSON.stringify(document), CACHED);
  };
}

/** "/": every path that leads somewhere, but for the resources themselves. */
export function indexPath(table: ResourceTable): PathHandler {
  return (_request, info) => {
    if (info.path !== "/" && info.path !== "/index.html" && info.path !== "") return undefined;
    return bytesResponse(200, JSON_TYPE, JSON.stringify({ paths: indexOf(table) }, null, 2));
  };
}
function indexOf(table: ResourceTable): readonly string[] {
  const groups = table.rows.filter((r) => r.group !== "");
  const health = Object.entries(HEALTH_CHECKS).flatMap(([root, checks]) => [`/${root}`, ...checks.map((c) => `/${root}/${c.name}`)]);
  const all = [
    OPENID,
    "/api",
    "/api/v1",
    "/apis",
    "/apis/",
    ...groups.flatMap((r) => [`/apis/${r.group}`, ...r.versions.map((v) => `/apis/${r.group}/${v.name}`)]),
    ...health,
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/",
    JWKS,
    "/version",
  ];
  return [...new Set(all)].sort();
}

/** Counted when asked: nothing is kept between two readings. */
export function metricsPath(families: () => readonly Family[]): PathHandler {
  return (_request, info): ApiResponse | undefined =>
    info.path === "/metrics" ? bytesResponse(200, EXPOSITION_TYPE, text(families())) : undefined;
}
