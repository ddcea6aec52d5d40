import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openLevelBackend, type Replacement } from "../backend/index.js";
import { check, copyBytes, hexId, index, NO_MEMBER, term } from "../base/index.js";
import { ClusterMembers } from "../etcd/member/index.js";
import type { Log } from "../host/index.js";
import { createNodeDisk } from "../host/node/index.js";
import { encodeNumbers, META_ALARM, META_COMPACT, recordRevision } from "../mvcc/index.js";
import { createWal } from "../wal/index.js";
import { type BackupCheckpoint, readBackup, verifyBackup } from "./backup-file.js";
import type { ClusterSpec } from "./cluster/index.js";
import { clusterIdOf, foundersOf, memberIdOf } from "./ids.js";
import { DirectoryLocked } from "./master.js";

/** A restore writes into an empty directory only. */
export class DirectoryNotEmpty extends Error {
  override readonly name = "DirectoryNotEmpty";
}

export interface RestoreOptions {
  readonly file: string;
  /** The new cluster. Every member is restored from the same file with the same cluster. */
  readonly cluster: ClusterSpec;
  readonly name: string;
  /** The member's own directory. */
  readonly dataDir: string;
  /** Raises the revision by so much and marks all before as compacted: clients that saw revisions which the backup does not have never
   *  see one of them again with another meaning, and watchers are told to list anew. 0: not. */
  readonly bumpRevision: number;
  readonly log: Log;
}

export interface Restored {
  readonly revision: number;
  readonly pairs: number;
  readonly clusterId: string;
  readonly memberId: string;
}

/** Pairs handed to the backend at once. */
const BATCH_PAIRS = 1_000;

/** Writes what a member finds at a start after a clean stop: a checkpoint that holds the backup under new members, and a log that begins
 *  right behind it. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, cluster, name, log } = options;
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) throw new DirectoryNotEmpty(`${dataDir} is not empty`);
  await verifyBackup(options.file);
  const spec = cluster.masters.find((m) => m.name === name);
  check(spec !== undefined, `no master named ${name}`);
  const founders = foundersOf(cluster);
  const members = new ClusterMembers(clusterIdOf(founders.map((m) => m.id)), founders);
  const memberId = memberIdOf(spec.advertisePeerUrls, cluster.store.token);
  const disk = await createNodeDisk(dataDir);
  const lock = await disk.lock(".");
  if ("heldBy" in lock) throw new DirectoryLocked(`${dataDir} is in use by process ${lock.heldBy}`);
  try {
    const backend = await openLevelBackend({ log, disk, directory: "backend", nativeDirectory: join(dataDir, "backend") });
    const replacement = await backend.beginReplace();
    const filled = await fill(options, replacement);
    const { checkpoint } = filled;
    await replacement.commit({ appliedIndex: checkpoint.index, appliedTerm: checkpoint.term, state: members.encode() });
    await backend.close();
    const start = { index: checkpoint.index, term: checkpoint.term };
    const identity = { clusterId: members.clusterId, memberId };
    const hardState = { term: start.term, vote: NO_MEMBER, commit: start.index };
    const wal = await createWal({ disk, directory: "wal", log, identity, start, hardState });
    await wal.close();
    return { revision: filled.revision, pairs: filled.pairs, clusterId: hexId(members.clusterId), memberId: hexId(memberId) };
  } finally {
    await lock.release();
  }
}

interface Filled {
  readonly checkpoint: BackupCheckpoint;
  readonly revision: number;
  readonly pairs: number;
}

async function fill(options: RestoreOptions, replacement: Replacement): Promise<Filled> {
  let checkpoint: BackupCheckpoint = { index: index(0), term: term(0), state: new Uint8Array(0) };
  let revision = 1;
  let pairs = 0;
  let batch: (readonly [string, Uint8Array])[] = [];
  for await (const record of readBackup(options.file)) {
    if (record.kind === "checkpoint") checkpoint = record.checkpoint;
    // Alarms name members that are no more; the compaction mark is written once the revision is known.
    if (record.kind !== "pair" || record.key.startsWith(META_ALARM)) continue;
    revision = Math.max(revision, recordRevision(record.key)?.main ?? 0);
    if (record.key === META_COMPACT) {
      revision = Math.max(revision, Number(Buffer.from(record.value).readBigUInt64BE(0)));
      if (options.bumpRevision > 0) continue;
    }
    pairs++;
    batch.push([record.key, copyBytes(record.value)]);
    if (batch.length >= BATCH_PAIRS) {
      await replacement.put(batch);
      batch = [];
    }
  }
  if (options.bumpRevision > 0) {
    revision += options.bumpRevision;
    batch.push([META_COMPACT, encodeNumbers(revision)]);
  }
  if (batch.length > 0) await replacement.put(batch);
  return { checkpoint, revision, pairs };
}

export interface BackupFacts {
  readonly bytes: number;
  readonly sha256: string;
  readonly index: number;
  readonly term: number;
  readonly revision: number;
  readonly records: number;
  readonly members: readonly { readonly name: string; readonly id: string; readonly peerUrls: readonly string[] }[];
}

/** What a backup holds, after all of it was checked. */
export async function describeBackup(file: string): Promise<BackupFacts> {
  const { bytes, sha256 } = await verifyBackup(file);
  let facts = { index: 0, term: 0, revision: 1, records: 0 };
  let members: BackupFacts["members"] = [];
  for await (const record of readBackup(file)) {
    if (record.kind === "checkpoint") {
      facts = { ...facts, index: record.checkpoint.index, term: record.checkpoint.term };
      members = ClusterMembers.decode(record.checkpoint.state)
        .list()
        .map((m) => ({ name: m.name, id: hexId(m.id), peerUrls: m.peerUrls }));
    }
    const main = record.kind === "pair" ? recordRevision(record.key)?.main : undefined;
    if (main !== undefined) facts = { ...facts, revision: Math.max(facts.revision, main), records: facts.records + 1 };
  }
  return { bytes, sha256, ...facts, members };
}
