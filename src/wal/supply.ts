import type { Bytes } from "../base/index.js";
import { type Disk, DiskError, type DiskFile, type Log } from "../host/index.js";
import { blankName } from "./format.js";
import { FILL_CHUNK_BYTES } from "./limits.js";

/** A file that is to become a segment: of full length, under a temporary name. */
export interface Blank {
  readonly path: string;
  readonly file: DiskFile;
  readonly sizeBytes: number;
  /** Zero-filled, not recycled. */
  readonly fresh: boolean;
}

interface Recycled {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Makes blanks ahead of their use, because zero-filling 64 MiB takes 180 ms that no append should wait for. */
export class SegmentSupply {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #log: Log;
  readonly #recycledMax: number;
  readonly #recycled: Recycled[] = [];
  #names = 0;
  #prepared: { readonly sizeBytes: number; readonly blank: Promise<Blank | DiskError> } | undefined;
  #closed = false;

  constructor(options: {
    readonly disk: Disk;
    readonly directory: string;
    readonly log: Log;
    readonly recycledSegmentsMax: number;
  }) {
    this.#disk = options.disk;
    this.#directory = options.directory;
    this.#log = options.log;
    this.#recycledMax = options.recycledSegmentsMax;
  }

  /** Bytes of the old segments that wait for reuse. */
  idleBytes(): number {
    return this.#recycled.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  /** Starts making a blank in the background, unless one is under way. A failure is logged and tried again by `take`. */
  prepare(sizeBytes: number): void {
    if (this.#closed || this.#prepared !== undefined) return;
    const blank = this.#make(sizeBytes).catch((error: unknown) => {
      if (!(error instanceof DiskError)) throw error;
      if (!this.#closed) this.#log.warn("cannot prepare the next log segment yet", { error: error.message });
      return error;
    });
    this.#prepared = { sizeBytes, blank };
  }

  /** A blank of at least `sizeBytes`; prepared already if `prepare` had the time. */
  async take(sizeBytes: number): Promise<Blank> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    const blank = await prepared?.blank;
    if (blank === undefined || blank instanceof DiskError) return this.#make(sizeBytes);
    if (blank.sizeBytes >= sizeBytes) return blank;
    await this.#discard(blank);
    return this.#make(sizeBytes);
  }

  /** Old segments, already useless: kept for reuse when they are of `keepBytes`, else removed. Durable when it resolves,
   *  because a file that is written anew under a directory entry that comes back after a crash would be an impostor. */
  async retire(files: readonly Recycled[], keepBytes: number): Promise<void> {
    const kept: Recycled[] = [];
    for (const file of files) {
      if (file.sizeBytes === keepBytes && this.#recycled.length + kept.length < this.#recycledMax) {
        const path = this.#temporaryName();
        await this.#disk.rename(file.path, path);
        kept.push({ path, sizeBytes: file.sizeBytes });
      } else {
        await this.#disk.remove(file.path);
      }
    }
    await this.#disk.syncDirectory(this.#directory);
    this.#recycled.push(...kept);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const blank = await this.#prepared?.blank;
    this.#prepared = undefined;
    if (blank !== undefined && !(blank instanceof DiskError)) await this.#discard(blank);
    for (const file of this.#recycled.splice(0)) await this.#disk.remove(file.path);
  }

  async #make(sizeBytes: number): Promise<Blank> {
    const at = this.#recycled.findIndex((file) => file.sizeBytes >= sizeBytes);
    const [recycled] = at < 0 ? [] : this.#recycled.splice(at, 1);
    if (recycled !== undefined) {
      return { ...recycled, file: await this.#disk.open(recycled.path, "write"), fresh: false };
    }
    const path = this.#temporaryName();
    const file = await this.#disk.open(path, "create");
    try {
      await this.#fill(file, sizeBytes);
    } catch (error) {
      await this.#discard({ path, file });
      throw error;
    }
    return { path, file, sizeBytes, fresh: true };
  }

  async #fill(file: DiskFile, sizeBytes: number): Promise<void> {
    for (let at = 0; at < sizeBytes; at += FILL_CHUNK_BYTES) {
      if (this.#closed) throw new DiskError("ECANCELED", this.#directory, "prepare a segment in");
      await file.write(at, zeroes(Math.min(FILL_CHUNK_BYTES, sizeBytes - at)));
    }
    await file.sync();
  }

  async #discard(blank: { readonly path: string; readonly file: DiskFile }): Promise<void> {
    await blank.file.close();
    await this.#disk.remove(blank.path);
  }

  #temporaryName(): string {
    this.#names++;
    return `${this.#directory}/${blankName(this.#names)}`;
  }
}

let sharedZeroes: Bytes | undefined;
function zeroes(length: number): Bytes {
  sharedZeroes ??= Buffer.alloc(FILL_CHUNK_BYTES);
  return length === FILL_CHUNK_BYTES ? sharedZeroes : sharedZeroes.subarray(0, length);
}
