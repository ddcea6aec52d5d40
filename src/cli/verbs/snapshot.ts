import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { livingMasters, readClusterFile, updateClusterFile } from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import { wholeNumber } from "../kv-values.js";
import type { Out } from "../out.js";
import { megabytes } from "../printers.js";
import { masterName, wantedCluster } from "../resolve.js";
import { ok, table } from "../style.js";
import { type KvFlags, withStore } from "./kv.js";

/** Streams a backup to a file that appears under its name only when it is whole. */
export const save = (file: string, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api }) => {
    const began = performance.now();
    const part = `${file}.part`;
    const bytes = await receive(part, api.snapshot({})).catch(async (error: unknown) => {
      await rm(part, { force: true });
      throw error;
    });
    await rename(part, file);
    if (flags.output === "json") out.print(JSON.stringify({ file, bytes }));
    else
      out.print(
        `${ok(out.style, `saved ${file}: ${bytes} bytes in ${Math.round(performance.now() - began)} ms`)}\n    next: trimast snapshot status ${file}`,
      );
    return EXIT.done;
  });

async function receive(
  part: string,
  chunks: AsyncIterable<{ readonly blob: Uint8Array; readonly remainingBytes: number }>,
): Promise<number> {
  const handle = await open(part, "w");
  const hash = createHash("sha256");
  let bytes = 0;
  let last: Uint8Array = new Uint8Array(0);
  try {
    for await (const { blob } of chunks) {
      hash.update(last);
      last = blob;
      await handle.write(blob);
      bytes += blob.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (!hash.digest().equals(last)) throw new CliError("TE0601", `what arrived does not match its SHA-256 (${bytes} bytes)`);
  return bytes;
}

export async function fileStatus(file: string, flags: { readonly output?: string }, out: Out): Promise<ExitCode> {
  const { describeBackup } = await import("../../master/index.js");
  const facts = await describeBackup(file).catch(unreadable);
  if (flags.output === "json") out.print(JSON.stringify(facts, undefined, 2));
  else {
    const { revision, records, index, term, bytes, sha256, members } = facts;
    const rows = {
      revision,
      records,
      index,
      term,
      bytes: `${bytes} (${megabytes(bytes)})`,
      sha256,
      members: members.map((m) => m.name).join(", "),
    };
    out.print(table(Object.entries(rows).map(([k, v]) => [k, String(v)])));
  }
  return EXIT.done;
}

function unreadable(error: unknown): never {
  if (error instanceof Error && error.name === "BackupUnreadable") throw new CliError("TE0601", error.message, { cause: error });
  if (error instanceof Error && error.name === "DirectoryNotEmpty") throw new CliError("TE0602", error.message, { cause: error });
  throw error;
}

export interface RestoreFlags {
  readonly dataDir: string;
  readonly config?: string;
  readonly masters?: string;
  readonly name?: string;
  readonly bumpRevision?: string;
  readonly markCompacted?: boolean;
}

/** Every member of the new cluster (or one, with --name) from the same file. */
export async function restore(file: string, flags: RestoreFlags, out: Out): Promise<ExitCode> {
  const bumpRevision = wholeNumber(flags.bumpRevision, "--bump-revision");
  if (bumpRevision < 0) throw new CliError("TE0002", "--bump-revision raises the revision", { fix: "write a positive number" });
  if (bumpRevision > 0 !== (flags.markCompacted === true)) {
    throw new CliError("TE0002", "--bump-revision and --mark-compacted go together: revisions that never were must not be watched from", {
      fix: "give both, or neither",
    });
  }
  const { spec, from } = await wantedCluster(flags, process.env);
  const before = readClusterFile(flags.dataDir);
  if (before && livingMasters(before).length > 0)
    throw new CliError("TE0206", `masters run in ${flags.dataDir}`, { fix: `trimast down --data-dir ${flags.dataDir}` });
  const names = flags.name === undefined ? spec.masters.map((m) => m.name) : [masterName(spec, flags.name)];
  const { restoreBackup } = await import("../../master/index.js");
  const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };
  for (const name of names) {
    const restored = await restoreBackup({ file, cluster: spec, name, dataDir: join(flags.dataDir, name), bumpRevision, log }).catch(
      unreadable,
    );
    out.print(ok(out.style, `${name} restored at revision ${restored.revision}: ${restored.pairs} pairs, cluster ${restored.clusterId}`));
  }
  // One of several: the others are elsewhere, and a start from here must not make empty ones of them.
  if (flags.name === undefined) updateClusterFile(flags.dataDir, () => ({ formatVersion: 1, spec, origin: from, masters: [] }));
  out.print(
    flags.name === undefined
      ? `    next: trimast up --data-dir ${flags.dataDir}`
      : `    next: trimast master --name ${flags.name} --data-dir ${flags.dataDir}${flags.config ? ` --config ${flags.config}` : ""}`,
  );
  return EXIT.done;
}
