import type { Bytes, Random } from "../../base/index.js";

/** What a disk writes whole. */
export const SECTOR_BYTES = 512;

interface Version {
  readonly at: number;
  readonly bytes: Buffer;
}

/** A file's contents: what reads see, and for each sector written since the last sync what a crash may leave there. */
export class SimInode {
  #live = Buffer.alloc(0);
  #durable = Buffer.alloc(0);
  #size = 0;
  #durableSize = 0;
  /** Sector number -> its versions since the last sync, oldest first. */
  #unsynced = new Map<number, Version[]>();
  #version = 0;
  #sizeVersion = 0;

  content(): Buffer {
    return this.#live.subarray(0, this.#size);
  }

  size(): number {
    return this.#size;
  }

  version(): number {
    return this.#version;
  }

  write(offset: number, bytes: Bytes): number {
    const end = offset + bytes.length;
    this.#reserve(end);
    this.#live.set(bytes, offset);
    this.#version++;
    if (end > this.#size) this.#resize(end);
    for (let sector = Math.floor(offset / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) this.#note(sector);
    return this.#version;
  }

  truncate(length: number): void {
    this.#reserve(length);
    this.#version++;
    if (length < this.#size) this.#live.fill(0, length, this.#size);
    this.#resize(length);
    for (const sector of this.#unsynced.keys()) if (sector * SECTOR_BYTES >= length) this.#unsynced.delete(sector);
  }

  /** Everything up to `version` is durable. */
  sync(version: number): void {
    for (const [sector, versions] of this.#unsynced) {
      const synced = versions.filter((each) => each.at <= version).at(-1);
      if (synced !== undefined) synced.bytes.copy(this.#durable, sector * SECTOR_BYTES);
      const rest = versions.filter((each) => each.at > version);
      if (rest.length === 0) this.#unsynced.delete(sector);
      else this.#unsynced.set(sector, rest);
    }
    if (this.#sizeVersion <= version) this.#durableSize = this.#size;
  }

  /** Of every sector one of its versions survives, chosen without regard to the others: any subset, in any order. */
  crash(random: Random): void {
    const size = random.chance(1, 2) ? this.#size : this.#durableSize;
    for (const [sector, versions] of this.#unsynced) {
      const kept = versions[random.below(versions.length + 1)];
      if (kept !== undefined) kept.bytes.copy(this.#durable, sector * SECTOR_BYTES);
    }
    this.#restart(size);
  }

  /** A sync failed: some of what it should have written never will be, though reads go on showing it. */
  forgetSome(random: Random): void {
    for (const [sector, versions] of this.#unsynced) {
      const kept = versions[random.below(versions.length + 1)];
      if (kept !== undefined) kept.bytes.copy(this.#durable, sector * SECTOR_BYTES);
    }
    this.#unsynced.clear();
  }

  flip(offset: number, mask: number): void {
    for (const place of [this.#live, this.#durable]) place[offset] = (place[offset] ?? 0) ^ mask;
  }

  #restart(size: number): void {
    this.#durable.fill(0, size);
    this.#live = Buffer.from(this.#durable);
    this.#size = size;
    this.#durableSize = size;
    this.#unsynced.clear();
  }

  #resize(size: number): void {
    this.#size = size;
    this.#sizeVersion = this.#version;
  }

  #note(sector: number): void {
    const from = sector * SECTOR_BYTES;
    const version = { at: this.#version, bytes: Buffer.from(this.#live.subarray(from, from + SECTOR_BYTES)) };
    const versions = this.#unsynced.get(sector);
    if (versions === undefined) this.#unsynced.set(sector, [version]);
    else versions.push(version);
  }

  #reserve(bytes: number): void {
    const sectors = Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
    if (this.#live.length >= sectors) return;
    const room = Math.max(sectors, this.#live.length * 2);
    this.#live = Buffer.concat([this.#live], room);
    this.#durable = Buffer.concat([this.#durable], room);
  }
}
