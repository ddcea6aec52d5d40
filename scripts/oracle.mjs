#!/usr/bin/env node
// `npm run oracle -- etcd [TEXT...]`: plays the oracle's files (whose names contain a TEXT) against fresh masters of the present build.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const run = (script, args) => spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], { stdio: "inherit" }).status ?? 1;
process.exitCode = run("build.mjs", ["--if-stale"]) || run("run-ts.mjs", ["test/oracle/main.ts", ...process.argv.slice(2)]);
