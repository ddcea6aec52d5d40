import { EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
export async function etcd(_args: readonly string[], _out: Out): Promise<ExitCode> {
  return EXIT.failed;
}
