import { EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { statusJson, statusText, statusWide } from "../printers.js";
import { dataDirOf } from "../resolve.js";
import { type ClusterView, hasQuorum, observe } from "../view.js";

export interface StatusFlags {
  readonly output?: "json" | "yaml" | "wide" | "name" | "text";
  readonly dataDir?: string;
}

/** One screen: who is there, who leads, what is broken, how much more may fail. */
export async function status(flags: StatusFlags, out: Out): Promise<ExitCode> {
  const view = await observe(dataDirOf(flags.dataDir, process.env));
  out.print(await statusIn(flags.output ?? "text", view, out));
  return hasQuorum(view.quorum) ? EXIT.done : EXIT.quorumLost;
}

async function statusIn(format: NonNullable<StatusFlags["output"]>, view: ClusterView, out: Out): Promise<string> {
  switch (format) {
    case "json":
      return JSON.stringify(statusJson(view), undefined, 2);
    case "yaml":
      return (await import("yaml")).stringify(statusJson(view)).trimEnd();
    case "name":
      return view.members.map((m) => m.name).join("\n");
    case "wide":
      return statusWide(out.style, view);
    case "text":
      return statusText(out.style, view);
  }
}
