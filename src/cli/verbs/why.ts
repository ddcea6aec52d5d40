import { kubeconfigPath } from "../../master/cluster/index.js";
import { type PodExplanation, whyPod } from "../../master/loops/index.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { dataDirOf } from "../resolve.js";
import { bad, ok, paint, type Style, textWidth } from "../style.js";
import { clusterIn } from "../view.js";

export interface WhyFlags {
  readonly namespace?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Says for each node what each plugin of the scheduler thinks of it for this pod. */
export async function why(what: string, flags: WhyFlags, out: Out): Promise<ExitCode> {
  const name = /^(?:pods?|po)\/(.+)$/.exec(what)?.[1];
  if (name === undefined) throw new CliError("TE0002", `${what}: write pod/NAME`, { fix: "trimast why pod/NAME [-n NAMESPACE]" });
  const dataDir = dataDirOf(flags.dataDir, process.env);
  clusterIn(dataDir);
  const namespace = flags.namespace ?? "default";
  const told = await whyPod(kubeconfigPath(dataDir), namespace, name).catch((error: Error) => {
    throw new CliError("TE0001", error.message);
  });
  if (flags.json) out.print(JSON.stringify({ namespace, name, ...told }));
  else for (const line of lines(out.style, `${namespace}/${name}`, told)) out.print(line);
  return EXIT.done;
}

function lines(style: Style, pod: string, told: PodExplanation): readonly string[] {
  const head = told.node === "" ? bad(style, `${pod} has no node`) : ok(style, `${pod} is on ${told.node}`);
  const first = told.message === "" ? [head] : [head, `    ${told.message}`];
  if (told.everywhere) return [...first, `    no node will do: ${told.everywhere.reasons.join(", ")} (${told.everywhere.plugin})`];
  const wide = Math.max(4, ...told.nodes.map((n) => textWidth(n.node)));
  const rows = told.nodes.map((n) => {
    const name = n.node.padEnd(wide);
    if (n.refusals.length > 0) return `    ${name}  ${n.refusals.map((r) => `${r.reasons.join(", ")} (${r.plugin})`).join("; ")}`;
    const scores = n.scores.map((s) => `${s.plugin} ${s.score}`).join(", ");
    return `    ${name}  ${paint(style, "green", "fits")}  ${n.total}${scores === "" ? "" : `  = ${scores}`}`;
  });
  return [...first, ...rows];
}
