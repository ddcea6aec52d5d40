import { existsSync } from "node:fs";
import {
  type ClusterSpec,
  GRPC_ADAPTERS,
  isMastersCount,
  type MastersCount,
  nearest,
  readClusterConfig,
  shippedCluster,
  shippedPath,
} from "../master/cluster/index.js";
import { CliError } from "./errors.js";

export type Origin = "flag" | "environment" | "file" | "default";
export interface Resolved<T> {
  readonly value: T;
  readonly origin: Origin;
  /** The flag, variable or file that said it. */
  readonly from: string;
}
type Env = Readonly<Record<string, string | undefined>>;

/** Flag over environment over default; the file, where there is one, comes between the last two. */
export function pick(flag: string | undefined, name: string, env: Env): Resolved<string> | undefined {
  if (flag !== undefined) return { value: flag, origin: "flag", from: `--${name}` };
  const variable = `TRIMAST_${name.toUpperCase().replaceAll("-", "_")}`;
  const value = env[variable];
  return value === undefined || value === "" ? undefined : { value, origin: "environment", from: variable };
}

/** All masters with the server that was asked for. */
export function withGrpcServer(spec: ClusterSpec, flag: string | undefined, env: Env): ClusterSpec {
  const said = pick(flag, "grpc-server", env);
  if (said === undefined) return spec;
  const grpcServer = GRPC_ADAPTERS.find((adapter) => adapter === said.value);
  if (grpcServer === undefined)
    throw new CliError("TE0002", `${said.from} ${said.value}: it is ${GRPC_ADAPTERS.join(" or ")}`, {
      fix: "leave it out: wire is the usual one",
    });
  return { ...spec, masters: spec.masters.map((m) => ({ ...m, serving: { ...m.serving, grpcServer } })) };
}

export const DEFAULT_DATA_DIR = ".trimast";
export const dataDirOf = (flag: string | undefined, env: Env): string => pick(flag, "data-dir", env)?.value ?? DEFAULT_DATA_DIR;

export interface ClusterFlags {
  readonly masters?: string;
  readonly config?: string;
}
export interface WantedCluster {
  readonly spec: ClusterSpec;
  readonly origin: Origin;
  readonly from: string;
  /** Nobody asked for this one by name: what the directory remembers may replace it. */
  readonly byDefault: boolean;
}

export async function wantedCluster(flags: ClusterFlags, env: Env): Promise<WantedCluster> {
  const config = pick(flags.config, "config", env);
  const masters = pick(flags.masters, "masters", env);
  const count = masters === undefined ? undefined : countOf(masters);
  if (config) {
    if (!existsSync(config.value))
      throw new CliError("TE0101", `${config.from}: there is no file ${config.value}`, { fix: `ls cluster-configs` });
    const spec = await readClusterConfig(config.value);
    if (count !== undefined && spec.masters.length !== count) {
      throw new CliError("TE0002", `${masters?.from} says ${count} masters, ${config.value} has ${spec.masters.length}`, {
        fix: `leave ${masters?.from} out`,
      });
    }
    return { spec, origin: config.origin, from: config.value, byDefault: false };
  }
  const origin = masters?.origin ?? "default";
  return { spec: shippedCluster(count ?? 3), origin, from: shippedPath(count ?? 3), byDefault: masters === undefined };
}

function countOf(masters: Resolved<string>): MastersCount {
  const n = Number(masters.value);
  if (isMastersCount(n)) return n;
  throw new CliError("TE0002", `${masters.from} ${masters.value}: a quorum has 1, 3 or 5 masters`, { fix: "trimast up --masters 3" });
}

/** "leader" or a master's name; a wrong one names the nearest. */
export function masterName(spec: ClusterSpec, name: string): string {
  const known = spec.masters.map((m) => m.name);
  if (known.includes(name)) return name;
  const near = nearest(name, [...known, "leader"]);
  throw new CliError(
    "TE0202",
    `no master named ${name}: there are ${known.join(", ")}${near === undefined ? "" : `. Did you mean ${near}?`}`,
  );
}
export const masterNames = (spec: ClusterSpec, list: readonly string[]): readonly string[] =>
  list
    .flatMap((part) => part.split(","))
    .filter((n) => n !== "")
    .map((n) => masterName(spec, n));
