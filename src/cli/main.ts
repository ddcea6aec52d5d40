#!/usr/bin/env node
import { toCliError } from "./errors.js";
import { errorText, processOut } from "./out.js";
import { runProgram } from "./program.js";

/** Verbs load when they are used: a start must not wait for what it does not need. */
const out = processOut();
try {
  process.exitCode = await runProgram(process.argv.slice(2), out);
} catch (error) {
  const known = toCliError(error);
  out.complain(errorText(out.errorStyle, known));
  if (known.code === "TE0003" && known.cause instanceof Error && process.env["TRIMAST_DEBUG"]) out.complain(String(known.cause.stack));
  process.exitCode = known.exit;
}
// Keep-alive sockets and terminal input would hold the process back; what was printed is flushed first.
if (process.stdin.isTTY) process.stdin.unref();
