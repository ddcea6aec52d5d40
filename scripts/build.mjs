#!/usr/bin/env node
// Bundles the program: one small file that starts, chunks that verbs load when they are used. Native classic-level stays outside.
// `--if-stale`: only when a source is newer than the bundle. `--types`: declarations too, for the packed package.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const OUT = join(ROOT, "dist");
const ENTRY = join(OUT, "trimast.js");

function newest(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .reduce((at, f) => Math.max(at, statSync(join(f.parentPath ?? f.path, f.name)).mtimeMs), 0);
}
function fresh() {
  if (!existsSync(ENTRY)) return false;
  const sources = Math.max(newest(join(ROOT, "src")), statSync(join(ROOT, "package.json")).mtimeMs, statSync(import.meta.filename).mtimeMs);
  return statSync(ENTRY).mtimeMs >= sources;
}

if (!(process.argv.includes("--if-stale") && fresh())) {
  // Built beside and swapped in: who starts the program meanwhile finds the old one whole.
  const fresh = `${OUT}.${process.pid}`;
  await build({
    entryPoints: {
      trimast: join(ROOT, "src/cli/main.ts"),
      "master-process": join(ROOT, "src/master/process.ts"),
      "nodes-process": join(ROOT, "src/master/nodes-process.ts"),
      "lib/master": join(ROOT, "src/master/index.ts"),
      "lib/kv": join(ROOT, "src/master/kv.ts"),
      "lib/client": join(ROOT, "src/master/client.ts"),
      "lib/scheduler": join(ROOT, "src/scheduler/index.ts"),
      "lib/testing": join(ROOT, "src/testing/index.ts"),
      "lib/raft": join(ROOT, "src/raft/index.ts"),
    },
    outdir: fresh,
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minifySyntax: true,
    external: ["classic-level"],
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  if (process.argv.includes("--types")) {
    const options = ["--noEmit", "false", "--emitDeclarationOnly", "--declaration", "--outDir", join(fresh, "types"), "--rootDir", "src"];
    execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", join(ROOT, "tsconfig.build.json"), ...options], {
      stdio: "inherit",
    });
  }
  rmSync(OUT, { recursive: true, force: true });
  renameSync(fresh, OUT);
}
