import { EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
export async function doctor(_flags: { readonly dataDir?: string }, _out: Out): Promise<ExitCode> {
  return EXIT.done;
}
