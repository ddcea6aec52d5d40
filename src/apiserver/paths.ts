import { type ApiResponse, bytesResponse, JSON_TYPE, jsonText, type RequestInfo, textResponse } from "./chain/index.js";
import type { PathHandler } from "./server.js";

/** One thing that health is made of. */
export interface HealthCheck {
  readonly name: string;
  ok(): boolean | Promise<boolean>;
}
const ROOTS = ["healthz", "livez", "readyz"];

/** /livez, /readyz?verbose, /healthz/etcd: "ok", or what is wrong. */
export function healthPaths(checks: readonly HealthCheck[]): PathHandler {
  return async (_request, info) => {
    const [root, one] = info.path.slice(1).split("/");
    if (!ROOTS.includes(root ?? "")) return undefined;
    const excluded = new Set(info.query.getAll("exclude"));
    const asked = checks.filter((c) =>
      one === undefined ? !excluded.has(c.name) : c.name === info.path.slice((root as string).length + 2),
    );
    if (one !== undefined && asked.length === 0) return textResponse(404, "404 page not found\n");
    return health(root as string, asked, info);
  };
}
async function health(root: string, checks: readonly HealthCheck[], info: RequestInfo): Promise<ApiResponse> {
  const lines: string[] = [];
  let failed = false;
  for (const check of checks) {
    const ok = await check.ok();
    failed ||= !ok;
    lines.push(ok ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
  }
  if (failed) return textResponse(500, `${lines.join("\n")}\n${root} check failed\n`);
  return textResponse(200, info.query.has("verbose") ? `${lines.join("\n")}\n${root} check passed\n` : "ok");
}

export const versionPath: PathHandler = (_request, info) => {
  if (info.path !== "/version" && info.path !== "/version/") return undefined;
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
    compiler: "none",
    platform: `${process.platform}/${process.arch}`,
  };
  return bytesResponse(200, JSON_TYPE, jsonText(version, true));
};
