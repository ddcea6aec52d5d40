import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
/** The facts that the tables are made of; undefined: not on this machine. */
export const DATA = [process.env["SHARED_DATA"], join(ROOT, "../shared/data")].find((d) => d !== undefined && existsSync(d));
/** Recorded answers of the original. */
export const CORPUS = [process.env["ORACLE_DIR"], join(ROOT, "../shared/oracle")]
  .map((d) => (d === undefined ? undefined : join(d, "corpus")))
  .find((d) => d !== undefined && existsSync(d));

export interface Golden {
  readonly name: string;
  readonly json: string;
  readonly yaml: string;
  readonly pb: Uint8Array;
}

/** Objects with every field set: all of them where the data is, else the committed sample. */
export function goldenObjects(): readonly Golden[] {
  const sample = join(import.meta.dirname, "golden");
  if (DATA === undefined) return read(sample);
  const folder = mkdtempSync(join(tmpdir(), "golden-"));
  try {
    execFileSync("tar", ["xzf", join(DATA, "kubernetes-golden-1.36.tar.gz"), "-C", folder]);
    return read(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
function read(folder: string): readonly Golden[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".json"));
  return files.map((file) => {
    const base = join(folder, file.slice(0, -".json".length));
    const text = (ext: string): string => readFileSync(`${base}.${ext}`, "utf8");
    return { name: file.slice(0, -".json".length), json: text("json"), yaml: text("yaml"), pb: readFileSync(`${base}.pb`) };
  });
}
