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

/** Posts one gRPC message over and over. h2load sees HTTP's status only: callers look at the store's revision for the rest. */
export async function h2load(options: {
  readonly endpoint: string;
  readonly path: string;
  readonly message: Bytes;
  readonly shape: Shape;
  readonly seconds: number;
}): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "trimast-payload-"));
  try {
    const payload = join(folder, "frame");
    writeFileSync(payload, frameOf(options.message));
    const { connections, streams } = options.shape;
    const { stdout } = await promisify(execFile)(
      "h2load",
      [
        ...["-c", `${connections}`, "-m", `${streams}`, "-t", "1", "-D", `${Math.round(options.seconds * 1_000)}ms`, "-d", payload],
        ...["-H", "content-type: application/grpc", "-H", "te: trailers", `${options.endpoint}${options.path}`],
      ],
      { maxBuffer: 16 * 1024 * 1024, timeout: (options.seconds + 30) * 1_000 },
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
