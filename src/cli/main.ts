#!/usr/bin/env node
import { toCliError } from "./errors.js";
import { errorText, processOut } from "./out.js";
import { runProgram } from "./program.js";

/** Verbs load when they are used: a start must not wait for what it does not need. */
const out = processOut();
// Who reads has read enough (`| head`). Masters that start must not die of it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  if (process.argv[2] !== "up") process.exit(0);
});
try {
  process.exitCode = await runProgram(process.argv.slice(2), out);
} catch (error) {
  const known = toCliError(error);
  out.complain(errorText(out.errorStyle, known));
  if (known.code === "TE0003" && known.cause instanceof Error && process.env["TRIMAST_DEBUG"]) out.complain(String(known.cause.stack));
  process.exitCode = known.exit;
}
// Sockets that idle and terminal input would hold the process back; what was printed leaves first.
process.stdout.write("", () => process.exit());
