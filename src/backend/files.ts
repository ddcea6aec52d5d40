import { crc32c, fromLatin1, latin1 } from "../base/index.js";
import type { Disk } from "../host/index.js";
import { OPEN_ATTEMPTS_MAX } from "./limits.js";
import { BackendDamaged, BackendTooNew } from "./types.js";

const FORMAT_VERSION = 1;
const CURRENT = "CURRENT";
const MARKER = "RUNNING";

/** Which generation counts. `used`: it has held a checkpoint, so finding none in it is damage. */
export interface Current {
  readonly generation: number;
  readonly used: boolean;
}

export const generationName = (generation: number): string => `gen-${generation}`;
export function generationOf(name: string): number | undefined {
  return /^gen-[1-9]\d*$/.test(name) ? Number(name.slice(4)) : undefined;
}

function currentLine(current: Current): string {
  const text = `trimast-backend ${FORMAT_VERSION} ${generationName(current.generation)} ${current.used ? "used" : "new"}`;
  return `${text} ${crc32c(fromLatin1(text)).toString(16).padStart(8, "0")}\n`;
}

export async function writeCurrent(disk: Disk, directory: string, current: Current): Promise<void> {
  await disk.replaceFile(`${directory}/${CURRENT}`, fromLatin1(currentLine(current)));
}

/** undefined when there is no such file. One line: what it is, format version, generation, used or new, checksum. */
export async function readCurrent(disk: Disk, directory: string): Promise<Current | undefined> {
  const path = `${directory}/${CURRENT}`;
  const bytes = await disk.readFile(path);
  if (bytes === undefined) return undefined;
  const [, text = "", crc] = /^(.*) ([0-9a-f]{8})\n$/.exec(latin1(bytes)) ?? [];
  if (crc === undefined || Number.parseInt(crc, 16) !== crc32c(fromLatin1(text))) {
    throw new BackendDamaged(`${path} does not match its checksum`);
  }
  const [what, version, name, state] = text.split(" ");
  if (what !== "trimast-backend") throw new BackendDamaged(`${path} is not a backend's`);
  if (Number(version) > FORMAT_VERSION) {
    throw new BackendTooNew(
      `${path} has backend format ${version}, this program reads up to ${FORMAT_VERSION}: use the version that wrote it`,
    );
  }
  const generation = generationOf(name ?? "");
  if (generation === undefined) throw new BackendDamaged(`${path} names no generation`);
  return { generation, used: state === "used" };
}

/** Stands while the backend is open. Found at an open, it says that the process before was killed or died inside the native
 *  library, and how many in a row died before the database had proved readable: a damaged one may abort the process in
 *  native code, again at each start, and only the count ends that. */
export class RunningMarker {
  readonly #disk: Disk;
  readonly #path: string;
  #attempts = 0;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#path = `${directory}/${MARKER}`;
  }

  /** Throws BackendDamaged when too many starts in a row have died; else says how the last run ended. */
  async raise(): Promise<"clean" | "killed" | "while reading"> {
    const found = await this.#disk.readFile(this.#path);
    const before = found === undefined ? 0 : Number.parseInt(latin1(found), 10) || 0;
    if (before >= OPEN_ATTEMPTS_MAX) {
      throw new BackendDamaged(`the last ${before} starts died while reading the database`);
    }
    this.#attempts = before + 1;
    await this.#write();
    if (found === undefined) return "clean";
    return before === 0 ? "killed" : "while reading";
  }

  /** The database was read or written with success. Costs a file only once. */
  async proved(): Promise<void> {
    if (this.#attempts === 0) return;
    this.#attempts = 0;
    await this.#write();
  }

  async lower(): Promise<void> {
    await this.#disk.remove(this.#path);
  }

  async #write(): Promise<void> {
    await this.#disk.replaceFile(this.#path, fromLatin1(`${this.#attempts}\n`));
  }
}
