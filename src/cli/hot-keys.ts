import type { ClusterSpec, Supervisor } from "../master/cluster/index.js";
import type { Out } from "./out.js";
import { bad, ok, warn } from "./style.js";
import type { Report } from "./up-report.js";

export interface KeyContext {
  readonly supervisor: Supervisor;
  readonly plan: { readonly spec: ClusterSpec; readonly dataDir: string };
  readonly out: Out;
  readonly report: Report;
  readonly quit: () => void;
}

const HELP = `  k  kill the leader          1..5  kill or start that member
  r  rolling restart          l  logs of one member, then all again
  c  clear the screen         q  stop all and quit          h  this help`;

/** Keys while attached to a terminal: each answers at once, also the unknown ones. */
export function bindKeys(context: KeyContext): void {
  const input = process.stdin;
  if (!input.isTTY) return;
  input.setRawMode(true);
  input.setEncoding("utf8");
  input.on("data", (text: string) => {
    for (const key of text) press(key, context);
  });
  process.on("exit", () => input.setRawMode(false));
}

export function press(key: string, context: KeyContext): void {
  const { out, supervisor } = context;
  if (key === "\u0003") {
    process.kill(process.pid, "SIGINT");
    return;
  }
  if (key === "\r" || key === "\n") return;
  if (/^[1-5]$/.test(key)) return toggle(Number(key), context);
  switch (key) {
    case "k":
      return killLeader(context);
    case "r":
      return rolling(context);
    case "l":
      return nextFilter(context);
    case "c":
      return void process.stdout.write("\u001b[2J\u001b[3J\u001b[H");
    case "q":
      return context.quit();
    case "h":
      return out.print(HELP);
    default:
      out.print(warn(out.style, `no key ${JSON.stringify(key)}: press h for help (${supervisor.running.length} masters run)`));
  }
}

function killLeader({ out, supervisor }: KeyContext): void {
  const { name } = supervisor.leader;
  if (name === "" || !supervisor.running.includes(name)) return out.print(warn(out.style, "nobody leads now"));
  out.print(bad(out.style, `killing ${name}, the leader`));
  supervisor.kill(name, "SIGKILL");
}

function toggle(number: number, { out, supervisor, plan }: KeyContext): void {
  const name = plan.spec.masters[number - 1]?.name;
  if (name === undefined) return out.print(warn(out.style, `there is no member ${number}`));
  if (!supervisor.running.includes(name)) return supervisor.start([name]);
  out.print(bad(out.style, `killing ${name}`));
  supervisor.kill(name, "SIGKILL");
}

function rolling({ out, plan }: KeyContext): void {
  out.print(ok(out.style, "rolling restart"));
  import("./verbs/lifecycle.js")
    .then(({ restart }) => restart([], { rolling: true, dataDir: plan.dataDir }, out))
    .catch((error: unknown) => out.print(bad(out.style, String(error))));
}

function nextFilter({ out, report, plan }: KeyContext): void {
  const names = plan.spec.masters.map((m) => m.name);
  const at = report.filter === undefined ? -1 : names.indexOf(report.filter);
  report.filter = names[at + 1];
  out.print(ok(out.style, report.filter === undefined ? "logs of all masters" : `logs of ${report.filter}`));
}
