import { type CliError, ERRORS, EXIT, type ExitCode } from "./errors.js";
import { bad, paint, type Style, styleFor } from "./style.js";

/** Where a verb's words go: data and results to standard output, errors to standard error. */
export interface Out {
  readonly style: Style;
  readonly errorStyle: Style;
  readonly isTty: boolean;
  print(text: string): void;
  complain(text: string): void;
}

export function processOut(): Out {
  return {
    style: styleFor(process.env, process.stdout),
    errorStyle: styleFor(process.env, process.stderr),
    isTty: process.stdout.isTTY === true,
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** What happened, why, what to type, and where to read more. */
export function errorText(style: Style, error: CliError): string {
  const [what = "", ...rest] = error.message.split("\n");
  const lines = [bad(style, `${paint(style, "bold", error.code)} ${what}`), ...rest.map((l) => `    ${l}`)];
  lines.push(`    why:  ${ERRORS[error.code].why}`, `    fix:  ${error.fix}`, `    more: trimast explain ${error.code}`);
  return lines.join("\n");
}

/** Ends the process with a code once everything printed has left. */
export function leave(code: ExitCode): void {
  process.exitCode = code;
}
export { EXIT, type ExitCode };
