import { readClusterFile } from "../../master/cluster/index.js";
import { EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { bare } from "../printers.js";
import { type ClusterFlags, dataDirOf, pick, wantedCluster } from "../resolve.js";
import { paint, table } from "../style.js";

export interface ConfigFlags extends ClusterFlags {
  readonly dataDir?: string;
  readonly showOrigin?: boolean;
  readonly output?: string;
}

/** The effective configuration, and where each value came from: flag > environment > file > default. */
export async function configPrint(flags: ConfigFlags, out: Out): Promise<ExitCode> {
  const dataDir = pick(flags.dataDir, "data-dir", process.env);
  const remembered = readClusterFile(dataDirOf(flags.dataDir, process.env));
  const wanted = await wantedCluster(flags, process.env);
  const fromDirectory = remembered !== undefined && wanted.byDefault;
  const spec = fromDirectory ? remembered.spec : wanted.spec;
  if (flags.output === "json") {
    out.print(JSON.stringify(spec, undefined, 2));
    return EXIT.done;
  }
  const source = fromDirectory
    ? `data directory (${remembered.origin})`
    : wanted.byDefault
      ? `default (${wanted.from})`
      : `${wanted.origin} (${wanted.from})`;
  const rows: string[][] = [
    ["dataDir", dataDirOf(flags.dataDir, process.env), dataDir ? `${dataDir.origin} (${dataDir.from})` : "default"],
  ];
  rows.push(["name", spec.name, source]);
  for (const m of spec.masters) {
    rows.push(
      [`masters.${m.name}.client`, m.clientUrls.map(bare).join(), source],
      [`masters.${m.name}.peer`, m.peerUrls.map(bare).join(), source],
    );
  }
  for (const [key, value] of Object.entries(spec.store))
    rows.push([`store.${key}`, typeof value === "object" ? JSON.stringify(value) : String(value), source]);
  out.print(
    table(
      flags.showOrigin
        ? rows.map(([k = "", v = "", o = ""]) => [k, v, paint(out.style, "dim", o)])
        : rows.map(([k = "", v = ""]) => [k, v]),
    ),
  );
  return EXIT.done;
}
