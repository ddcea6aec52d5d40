import { resolve } from "node:path";
import {
  controlSocketPath,
  ensurePki,
  masterDirectory,
  offLoopback,
  refOf,
  updateClusterFile,
  withMaster,
} from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode, toCliError } from "../errors.js";
import type { Out } from "../out.js";
import { bare } from "../printers.js";
import { dataDirOf, masterName, wantedCluster, withGrpcServer } from "../resolve.js";

export interface MasterFlags {
  readonly name: string;
  readonly config?: string;
  readonly dataDir?: string;
  readonly grpcServer?: string;
  readonly initialClusterState: "new" | "existing";
  readonly forceNewCluster?: boolean;
}

const OF_FAILURE = {
  locked: "TE0301",
  wrongDirectory: "TE0105",
  portInUse: "TE0107",
  tooNew: "TE0106",
  corrupt: "TE0108",
  other: "TE0104",
} as const;

/** One master in the foreground: how it runs under systemd, in a container, or across machines. */
export async function master(flags: MasterFlags, _out: Out): Promise<ExitCode> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const { spec: wanted, from } = await wantedCluster(flags, process.env);
  const spec = withGrpcServer(wanted, flags.grpcServer, process.env);
  const name = masterName(spec, flags.name);
  const mine = spec.masters.filter((m) => m.name === name);
  const outside = offLoopback(mine)[0];
  if (outside !== undefined) throw new CliError("TE0102", `${bare(outside)} of ${name} in ${from} is not a loopback address`);
  const { failureOf, runMaster } = await import("../../master/index.js");
  // Masters of one directory share its certificates; across machines the folder pki is copied to each.
  if (spec.front !== undefined && mine[0]?.apiUrl !== undefined) ensurePki(resolve(dataDir), { server: spec.front, ips: [] });
  const controlSocket = controlSocketPath(dataDir, name);
  try {
    await runMaster({
      cluster: spec,
      name,
      dataDir: masterDirectory(resolve(dataDir), name),
      initialState: flags.initialClusterState,
      controlSocket,
      clusterDir: resolve(dataDir),
      ...(flags.forceNewCluster ? { forceNewCluster: true } : {}),
    });
  } catch (error) {
    const failure = failureOf(error);
    const known = toCliError(error);
    throw known.code === "TE0003" ? new CliError(OF_FAILURE[failure.code], `${name}: ${failure.message}`) : known;
  }
  updateClusterFile(dataDir, (file) =>
    withMaster(file ?? { formatVersion: 1, spec, origin: from, masters: [] }, { ...refOf(process.pid), name, socket: controlSocket }),
  );
  return new Promise(() => {});
}
export { EXIT };
