import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bytes } from "../../src/base/index.js";

export interface Shape {
  readonly connections: number;
  readonly streams: number;
}
export const SHAPES: readonly Shape[] = [
  { connections: 100, streams: 10 },
  { connections: 10, streams: 10 },
  { connections: 1, streams: 1 },
];
export const nameOf = (s: Shape): string => `${s.connections} x ${s.streams}`;

export interface LoadResult {
  readonly perSecond: number;
  readonly meanMs: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** A request as it travels in gRPC: one byte "not compressed", four of length, the message. */
export function frameOf(message: Bytes): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

interface Load {
  readonly url: string;
  /** Posted; nothing: it is a GET. */
  readonly body?: Bytes;
  readonly headers: readonly string[];
  readonly shape: Shape;
  readonly seconds: number;
}

/** Posts one gRPC message over and over. h2load sees HTTP's status only: callers look at the store's revision for the rest. */
export const h2load = (options: {
  readonly endpoint: string;
  readonly path: string;
  readonly message: Bytes;
  readonly shape: Shape;
  readonly seconds: number;
}): Promise<LoadResult> =>
  loadHttp({
    url: `${options.endpoint}${options.path}`,
    body: frameOf(options.message),
    headers: ["content-type: application/grpc", "te: trailers"],
    shape: options.shape,
    seconds: options.seconds,
  });

/** h2load waits for good when its time is over before all its connections stand: it is given more then. */
const TRIES = 3;

/** One request over and over. */
export async function loadHttp(load: Load): Promise<LoadResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadOnce({ ...load, seconds: load.seconds * 2 ** (attempt - 1) });
    } catch (error) {
      const hung = (error as { killed?: boolean }).killed === true;
      if (!hung || attempt === TRIES) throw error;
    }
  }
}

async function loadOnce(load: Load): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "trimast-payload-"));
  try {
    const payload = join(folder, "body");
    if (load.body) writeFileSync(payload, load.body);
    const { connections, streams } = load.shape;
    const { stdout } = await promisify(execFile)(
      "h2load",
      [
        ...["-c", `${connections}`, "-m", `${streams}`, "-t", "1", "-D", `${Math.round(load.seconds * 1_000)}ms`],
        ...[...(load.body ? ["-d", payload] : []), ...load.headers.flatMap((h) => ["-H", h]), load.url],
      ],
      { maxBuffer: 16 * 1024 * 1024, timeout: (load.seconds + 10) * 1_000 },
    );
    return parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function parse(text: string): LoadResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const mean = /time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)\b/.exec(text);
  return {
    perSecond: number(/finished in .*?, ([\d.]+) req\/s/),
    meanMs: Number(mean?.[1] ?? Number.NaN) * (mean?.[2] === "us" ? 0.001 : mean?.[2] === "s" ? 1_000 : 1),
    succeeded: number(/(\d+) succeeded/),
    failed: number(/(\d+) failed/),
  };
}
