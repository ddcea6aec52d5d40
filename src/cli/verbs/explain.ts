import { nearest } from "../../master/cluster/index.js";
import { CliError, ERRORS, type ErrorCode, EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { paint, table } from "../style.js";

/** What an error code means, offline; without a code, the list. */
export function explain(code: string | undefined, out: Out): ExitCode {
  if (code === undefined) {
    out.print(table(Object.entries(ERRORS).map(([c, r]) => [c, r.title])));
    return EXIT.done;
  }
  const known = code.toUpperCase();
  if (!(known in ERRORS)) {
    const near = nearest(known, Object.keys(ERRORS));
    throw new CliError("TE0002", `there is no error ${code}${near ? `. Did you mean ${near}?` : ""}`, {
      fix: "trimast explain lists them all",
    });
  }
  const row = ERRORS[known as ErrorCode];
  out.print(`${paint(out.style, "bold", known)} ${row.title}\n\n  ${row.why}\n\n  fix:       ${row.fix}\n  exit code: ${row.exit}`);
  return EXIT.done;
}
