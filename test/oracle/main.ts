import { TestApi } from "../kit/api.js";
import { TestCluster } from "../kit/masters.js";
import { API_FOLDERS, type ApiFolder, apiFiles, LOOPS_FOLDER, missingForApi, playApi } from "./api.js";
import { missing, plan, play } from "./etcd.js";
import { LoopsSubject } from "./loops.js";

const FOLDERS: readonly string[] = ["etcd", ...API_FOLDERS, LOOPS_FOLDER];

/** `npm run oracle -- etcd|http|corpus|crd|kubectl|kubectl-1.27|loops ... [TEXT...]`: every file (whose name contains a TEXT) against fresh
 *  masters: the store's against one and against three. */
async function main(): Promise<number> {
  const folders = process.argv.slice(2).filter((a) => FOLDERS.includes(a));
  const wanted = process.argv.slice(2).filter((a) => !folders.includes(a));
  if (folders.length === 0) {
    console.error(`usage: npm run oracle -- ${FOLDERS.join("|")} ... [TEXT...]`);
    return 2;
  }
  let failed = 0;
  for (const folder of folders) failed += folder === "etcd" ? await etcdFolder(wanted) : await apiFolder(folder as ApiFolder, wanted);
  return failed === 0 ? 0 : 1;
}
const chosen = (files: readonly string[], wanted: readonly string[]): readonly string[] =>
  files.filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)));

async function etcdFolder(wanted: readonly string[]): Promise<number> {
  const why = missing();
  if (why !== undefined) return cannot(why);
  const { played, skipped } = plan();
  for (const { file, why: reason } of skipped) console.log(`skip ${file}: ${reason}`);
  let failed = 0;
  for (const masters of [1, 3]) failed += await playAll(chosen(played, wanted), masters);
  return failed;
}
function cannot(why: string): number {
  console.error(`the oracle cannot be played: ${why}`);
  return 1;
}

async function apiFolder(folder: ApiFolder, wanted: readonly string[]): Promise<number> {
  const why = missingForApi(folder);
  if (why !== undefined) return cannot(why);
  const total = { passed: 0, failed: 0, allowed: 0 };
  const subject = folder === LOOPS_FOLDER ? await LoopsSubject.start() : await startAlone();
  try {
    for (const file of chosen(apiFiles(folder), wanted)) {
      const o = await playApi(folder, file, subject.api.kubeconfig);
      total.passed += o.passed;
      total.failed += o.failed;
      total.allowed += o.allowed;
      console.log(`${o.failed === 0 ? "ok  " : "FAIL"} ${folder}/${file}: ${o.passed} same, ${o.failed} differ`);
      if (o.failed > 0 && wanted.length > 0) console.log(o.report);
    }
  } finally {
    await subject.stop();
  }
  console.log(`${folder}: ${total.passed} passed, ${total.failed} failed, ${total.allowed} differ as allowed`);
  return total.failed;
}

async function startAlone(): Promise<Pick<LoopsSubject, "api" | "stop">> {
  const api = await TestApi.start(1);
  return { api, stop: () => api.stop() };
}

async function playAll(files: readonly string[], masters: number): Promise<number> {
  const total = { passed: 0, failed: 0, allowed: 0 };
  const cluster = await TestCluster.start(masters);
  try {
    for (const file of files) {
      const o = await play(file, { endpoint: (await cluster.leader()).endpoint, members: masters });
      total.passed += o.passed;
      total.failed += o.failed;
      total.allowed += o.allowed;
      console.log(`${o.failed === 0 ? "ok  " : "FAIL"} ${file} on ${masters}: ${o.passed} same, ${o.failed} differ`);
      if (o.failed > 0) console.log(o.report);
    }
  } finally {
    await cluster.stop();
  }
  console.log(
    `${masters} member${masters > 1 ? "s" : ""}: ${total.passed} passed, ${total.failed} failed, ${total.allowed} differ as allowed`,
  );
  return total.failed;
}

process.exitCode = await main();
