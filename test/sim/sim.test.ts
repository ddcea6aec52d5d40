import { expect, test } from "vitest";
import { runSeed } from "./scenario.js";

test("smoke", async () => {
  for (let s = 1; s <= 5; s++) {
    const t = performance.now();
    const r = await runSeed(s);
    console.log(s, r.operations, r.violation?.message, r.fingerprint, Math.round(performance.now() - t), r.trace.length);
    if (r.violation) console.log(r.trace.slice(-40).join("\n"), r.violation.stack);
  }
  expect(1).toBe(1);
});
