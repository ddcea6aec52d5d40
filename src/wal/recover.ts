import type { Disk, DiskFile } from "../host/index.js";
import { decodeSegmentHeader, FORMAT_VERSION, isBlank, segmentName, segmentSequence } from "./format.js";
import { SECTOR_BYTES } from "./limits.js";
import { Replay } from "./replay.js";
import { type Awaited, type ReadBatch, type SegmentFile, SegmentReader } from "./segment-reader.js";
import { judgeBehindHint, judgeTail, type Torn } from "./tail.js";
import { WalCorrupt, type WalEntry, type WalHardState, type WalIdentity, type WalStart, WalTooNew } from "./types.js";

/** What is left of a sealed segment in memory. */
export interface Sealed {
  readonly sequence: number;
  readonly path: string;
  readonly sizeBytes: number;
  /** Highest index of any entry in it; 0 when it holds none. */
  readonly maxIndex: number;
}

export interface Recovered {
  readonly identity: WalIdentity;
  readonly start: WalStart;
  readonly hardState: WalHardState;
  readonly entries: readonly WalEntry[];
  readonly sealed: readonly Sealed[];
  readonly active: SegmentFile;
  readonly activeMaxIndex: number;
  /** Where the next batch goes, and what it must carry. */
  readonly tail: number;
  readonly awaited: Awaited;
  readonly torn: Torn;
  readonly hinted: boolean;
  /** The newest batch of the active segment, to be written again. */
  readonly lastBatch: { readonly offset: number; readonly bytes: number } | undefined;
  /** Files that no longer belong to the log. */
  readonly leftovers: readonly string[];
}

interface SegmentEnd {
  readonly awaited: Awaited;
  readonly tail: number;
  readonly brokenBytes: number;
  readonly hint: ReadBatch | undefined;
  readonly lastBatch: ReadBatch | undefined;
  readonly maxIndex: number;
}

/** Reads the whole log. Open files: only the active segment's, for writing; its owner closes it. */
export async function recover(disk: Disk, directory: string): Promise<Recovered | "absent"> {
  const names = await disk.list(directory);
  const sequences = names.flatMap((name) => segmentSequence(name) ?? []).sort((a, b) => a - b);
  if (sequences.length === 0) return "absent";
  const opened: SegmentFile[] = [];
  try {
    for (const sequence of sequences) opened.push(await openSegment(disk, directory, sequence, sequences.at(-1)));
    const chain = currentChain(opened);
    const recovered = await readChain(chain);
    const used = new Set(chain.map((segment) => segment.path));
    const mine = names.filter((name) => segmentSequence(name) !== undefined || isBlank(name));
    const leftovers = mine.map((name) => `${directory}/${name}`).filter((path) => !used.has(path));
    for (const segment of opened) if (segment !== recovered.active) await segment.file.close();
    return { ...recovered, leftovers };
  } catch (error) {
    for (const segment of opened) await segment.file.close();
    throw error;
  }
}

async function openSegment(disk: Disk, directory: string, sequence: number, newest?: number): Promise<SegmentFile> {
  const path = `${directory}/${segmentName(sequence)}`;
  const file = await disk.open(path, sequence === newest ? "write" : "read");
  try {
    return { path, file, header: await readHeader(file, path, sequence) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: DiskFile, path: string, sequence: number): Promise<SegmentFile["header"]> {
  const outcome = decodeSegmentHeader(await file.read(0, SECTOR_BYTES));
  switch (outcome.kind) {
    case "tooNew":
      throw new WalTooNew(
        `${path} has log format ${outcome.version}, this program reads up to ${FORMAT_VERSION}: use the version that wrote it`,
      );
    case "corrupt":
      throw new WalCorrupt(path, 0, outcome.what);
    case "ok": {
      const { header } = outcome;
      const sizeBytes = await file.size();
      if (header.sequence !== sequence) throw new WalCorrupt(path, 24, `holds segment ${header.sequence}`);
      // Segments have their full length before they get their name, so no crash makes one short.
      if (sizeBytes !== header.sizeBytes) {
        const at = Math.min(sizeBytes, header.sizeBytes);
        throw new WalCorrupt(path, at, `file of ${sizeBytes} bytes, its header says ${header.sizeBytes}`);
      }
      return header;
    }
  }
}

/** From the newest start of a chain on. Below a hole only removed segments are left that a crash brought back. */
function currentChain(segments: readonly SegmentFile[]): readonly SegmentFile[] {
  let from = segments.length - 1;
  while (from > 0) {
    const [before, here] = [segments[from - 1], segments[from]];
    if (here === undefined || before === undefined || here.header.chainStart) break;
    if (before.header.sequence + 1 !== here.header.sequence) break;
    from--;
  }
  return segments.slice(from);
}

async function readChain(chain: readonly SegmentFile[]): Promise<Omit<Recovered, "leftovers">> {
  const [oldest, active] = [chain[0], chain.at(-1)];
  if (oldest === undefined || active === undefined) throw new RangeError("an empty chain");
  const replay = new Replay(oldest.header);
  const sealed: Sealed[] = [];
  for (const [at, segment] of chain.entries()) {
    const next = chain[at + 1];
    if (next === undefined) break;
    sealed.push(await readSealed(segment, next, replay));
  }
  const reader = new SegmentReader(active);
  const end = await readBatches(reader, replay);
  const torn = end.hint ? await judgeBehindHint(reader, end.hint.header.sequence) : await judgeTail(reader, end.awaited, end.brokenBytes);
  const entries = replay.entries();
  if (entries === undefined) throw new WalCorrupt(oldest.path, 0, `entries right behind ${replay.start.index} are missing`);
  return {
    identity: oldest.header.identity,
    start: replay.start,
    hardState: replay.hardState,
    entries,
    sealed,
    active,
    activeMaxIndex: end.maxIndex,
    tail: end.tail,
    awaited: end.awaited,
    torn,
    hinted: end.hint !== undefined,
    lastBatch: end.lastBatch && { offset: end.lastBatch.offset, bytes: end.lastBatch.bytes },
  };
}

/** A segment with a successor was complete when the successor was made, which names its last batch. */
async function readSealed(segment: SegmentFile, next: SegmentFile, replay: Replay): Promise<Sealed> {
  const reader = new SegmentReader(segment);
  const { awaited, maxIndex } = await readBatches(reader, replay);
  const { firstBatch, previousCrc, identity } = next.header;
  if (awaited.sequence !== firstBatch || awaited.previousCrc !== previousCrc) {
    throw reader.corrupt(`batch ${awaited.sequence} is damaged; the next segment begins with batch ${firstBatch}`);
  }
  if (identity.memberId !== segment.header.identity.memberId || identity.clusterId !== segment.header.identity.clusterId) {
    throw new WalCorrupt(next.path, 8, "belongs to another member or cluster than the segment before");
  }
  return { sequence: segment.header.sequence, path: segment.path, sizeBytes: segment.header.sizeBytes, maxIndex };
}

async function readBatches(reader: SegmentReader, replay: Replay): Promise<SegmentEnd> {
  const { header } = reader.segment;
  let awaited: Awaited = { sequence: header.firstBatch, previousCrc: header.previousCrc };
  let lastBatch: ReadBatch | undefined;
  let maxIndex = 0;
  for (;;) {
    const step = reader.next(awaited);
    if (step.kind === "unread") {
      await reader.load(step.bytes);
      continue;
    }
    const end = { awaited, tail: reader.offset, lastBatch, maxIndex };
    if (step.kind === "none") return { ...end, brokenBytes: 0, hint: undefined };
    if (step.kind === "broken") return { ...end, brokenBytes: step.bytes, hint: undefined };
    const { batch } = step;
    const wrong = replay.add(batch);
    if (wrong !== undefined) throw reader.corrupt(wrong);
    if (batch.header.hint) return { ...end, brokenBytes: 0, hint: batch };
    if (batch.header.records > 0) maxIndex = Math.max(maxIndex, replay.lastIndex());
    awaited = { sequence: awaited.sequence + 1, previousCrc: batch.header.headerCrc };
    lastBatch = batch;
    reader.offset += batch.bytes;
  }
}
