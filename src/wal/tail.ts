import { BATCH_HEADER_BYTES } from "./format.js";
import { SECTOR_BYTES } from "./limits.js";
import type { Awaited, SegmentReader } from "./segment-reader.js";

/** Bytes [from, to) of the last segment belong to a batch that was never acknowledged. Empty when the tail is clean. */
export interface Torn {
  readonly from: number;
  readonly to: number;
}

/** The last segment ends at the reader's offset: the awaited batch is not there, or (`brokenBytes` > 0) not whole.
 *
 *  A batch is handed to the disk only after the one before it was acknowledged, so at a crash at most one batch is in
 *  flight, and each of its sectors is old or new. Whatever that cannot explain is corruption: FORMAT.md, "Torn or
 *  corrupt", has the argument and says what stays undecidable. */
export async function judgeTail(reader: SegmentReader, awaited: Awaited, brokenBytes: number): Promise<Torn> {
  const { offset } = reader;
  if (offset >= reader.sizeBytes) return { from: offset, to: offset };
  if (brokenBytes === 0 && (await isUntouched(reader, offset))) return { from: offset, to: offset };
  const later = await reader.laterBatch(offset + Math.max(brokenBytes, SECTOR_BYTES), awaited.sequence);
  if (later !== undefined) {
    throw reader.corrupt(`batch ${awaited.sequence} is damaged, and a later one at byte ${later} proves it was acknowledged`);
  }
  return brokenBytes > 0 ? judgeBroken(reader, brokenBytes) : judgeMissing(reader, awaited);
}

/** What follows a hint: the hint lies where the batch in flight began, and that batch's other sectors may have arrived. */
export async function judgeBehindHint(reader: SegmentReader, sequence: number): Promise<Torn> {
  const from = reader.offset + SECTOR_BYTES;
  if (await isUntouched(reader, from)) return { from, to: from };
  const later = await reader.laterBatch(from, sequence);
  if (later !== undefined) throw reader.corrupt(`an old hint stands where batch ${sequence} was, before byte ${later}`);
  return { from, to: reader.segment.header.fresh ? await reader.endOfWritten(from) : from };
}

/** The usual case, decided by one pass: a fresh segment, and zeroes to its end. */
async function isUntouched(reader: SegmentReader, from: number): Promise<boolean> {
  return reader.segment.header.fresh && (await reader.endOfWritten(from)) === from;
}

async function judgeBroken(reader: SegmentReader, bytes: number): Promise<Torn> {
  const { offset } = reader;
  const { fresh } = reader.segment.header;
  const untouched = bytes > SECTOR_BYTES && (!fresh || (await reader.hasZeroSector(offset + SECTOR_BYTES, offset + bytes)));
  if (!untouched) throw reader.corrupt("batch was written whole and its checksum does not match");
  return { from: offset, to: fresh ? await reader.endOfWritten(offset) : offset + bytes };
}

async function judgeMissing(reader: SegmentReader, awaited: Awaited): Promise<Torn> {
  const { offset } = reader;
  if (await reader.resembles(awaited)) throw reader.corrupt(`header of batch ${awaited.sequence} is damaged`);
  if (!reader.segment.header.fresh) return { from: offset, to: offset };
  if (!(await reader.hasZeroSector(offset, offset + BATCH_HEADER_BYTES))) {
    throw reader.corrupt("neither a batch nor the zeroes that were there before");
  }
  return { from: offset, to: await reader.endOfWritten(offset) };
}
