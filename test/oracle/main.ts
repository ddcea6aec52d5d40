import { TestCluster } from "../kit/masters.js";
import { missing, plan, play } from "./etcd.js";

/** `npm run oracle -- etcd [TEXT...]`: every file (whose name contains a TEXT) against one fresh member, then against three. */
async function main(): Promise<number> {
  const [folder, ...wanted] = process.argv.slice(2);
  if (folder !== "etcd") {
    console.error("usage: npm run oracle -- etcd [TEXT...]   (the other folders need an apiserver)");
    return 2;
  }
  const why = missing();
  if (why !== undefined) {
    console.error(`the oracle cannot be played: ${why}`);
    return 2;
  }
  const { played, skipped } = plan();
  const files = played.filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)));
  for (const { file, why: reason } of skipped) console.log(`skip ${file}: ${reason}`);
  let failed = 0;
  for (const masters of [1, 3]) failed += await playAll(files, masters);
  return failed === 0 ? 0 : 1;
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
