import { parseArgs } from "node:util";
import { sweep } from "./sweep.js";

/** `npm run sim -- --seeds N [--seed S]`: N seeds from S (or S alone), one line at the end, the trace of the first that breaks a rule. */
const { values } = parseArgs({ options: { seeds: { type: "string" }, seed: { type: "string" } } });
const from = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 300 : 1));
const started = performance.now();
const found = await sweep({
  from,
  to: from + count - 1,
  progress: (seed) => {
    if ((seed - from + 1) % 500 === 0) process.stderr.write(`${seed - from + 1} of ${count} seeds clean\n`);
  },
});
const seconds = ((performance.now() - started) / 1_000).toFixed(1);
process.stdout.write(found ? `${found.report}\n` : `${count} seeds clean (${from} to ${from + count - 1}) in ${seconds} s\n`);
process.exitCode = found ? 1 : 0;
