import { Command, CommanderError, Option } from "commander";
import { CliError, EXIT, type ExitCode } from "./errors.js";
import type { Out } from "./out.js";
import { addStore } from "./program-kv.js";
import { VERSION } from "./version.js";

const HELP_AFTER = `
Examples:
  trimast up                         three masters on this machine, state in ./.trimast
  trimast kill leader                watch the others take over
  etcdctl put hello world            any etcd client works; without one: trimast kv put hello world`;

/** Runs one command line and answers with its exit code. */
export async function runProgram(args: readonly string[], out: Out): Promise<ExitCode> {
  // etcd's flags are its own: they are not read by the reader of ours.
  if (args[0] === "etcd") return (await import("./verbs/etcd.js")).etcd(args.slice(1), out);
  const result: { code: ExitCode } = { code: EXIT.done };
  const program = build(out, (code) => {
    result.code = code;
  });
  try {
    if (args.length === 0) {
      out.print(program.helpInformation() + HELP_AFTER);
      return EXIT.done;
    }
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    throw new CliError("TE0001", error.message.replace(/^error: /, ""), { fix: fixFor(program, args) });
  }
  return result.code;
}
function fixFor(program: Command, args: readonly string[]): string {
  const verb = program.commands.find((c) => c.name() === args[0]);
  return verb ? `trimast ${verb.name()} --help` : "trimast --help";
}

type Done = (code: ExitCode) => void;

function build(out: Out, done: Done): Command {
  const program = new Command("trimast");
  program
    .enablePositionalOptions()
    .description("A replicated, etcd-compatible store that you can kill.")
    .version(`trimast v${VERSION}`, "-V, --version")
    .showSuggestionAfterError(true)
    .addHelpText("after", HELP_AFTER);
  addRunning(program, out, done);
  addApi(program, out, done);
  addNodes(program, out, done);
  addLife(program, out, done);
  addFaults(program, out, done);
  addLooking(program, out, done);
  addStore(program, out, done);
  addOthers(program, out, done);
  for (const command of [program, ...program.commands]) quiet(command, out);
  return program;
}

/** Errors are thrown and printed once, in our form. */
function quiet(command: Command, out: Out): void {
  command.exitOverride();
  command.configureOutput({ writeOut: (text) => out.print(text.trimEnd()), writeErr: () => {}, outputError: () => {} });
  for (const inner of command.commands) quiet(inner, out);
}

const dataDir = (command: Command): Command =>
  command.option("--data-dir <dir>", "where the cluster lives (default: .trimast, or TRIMAST_DATA_DIR)");

function addRunning(program: Command, out: Out, done: Done): void {
  dataDir(program.command("up"))
    .description("start every master, one process each, and stay with them")
    .option("--masters <n>", "1, 3 or 5 (default: 3)")
    .option("--roles <roles>", "what each master does: store,apiserver,scheduler,controllers (default), or the first of these")
    .option("--nodes <n>", "hollow nodes that start with the masters (default: 3 with all roles)")
    .option("--scheduler-config <file>", "a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1)")
    .option("--config <file>", "a cluster configuration (cluster-configs/*.yaml)")
    .option("--ports <auto>", "auto: free ports, remembered in the data directory")
    .option("--grpc-server <adapter>", "what answers etcd's clients: wire (default), our own HTTP/2, or grpc-js")
    .option("--detach", "return when ready; masters go on as daemons")
    .option("--restart", "start masters again that die")
    .option("--json", "one JSON object an event")
    .action(async (flags) => done(await (await import("./verbs/up.js")).up(flags, out)));
  dataDir(program.command("master"))
    .description("run one master in the foreground")
    .requiredOption("--name <name>", "which of the configuration's masters")
    .option("--config <file>", "the cluster configuration")
    .option("--grpc-server <adapter>", "what answers etcd's clients: wire (default), our own HTTP/2, or grpc-js")
    .addOption(
      new Option("--initial-cluster-state <state>", "existing: it joins a cluster that knows it")
        .choices(["new", "existing"])
        .default("new"),
    )
    .option("--force-new-cluster", "the quorum is lost for good: go on alone with this member's data")
    .action(async (flags) => done(await (await import("./verbs/master.js")).master(flags, out)));
}

function addApi(program: Command, out: Out, done: Done): void {
  dataDir(program.command("apiserver"))
    .description("an apiserver alone, in front of a quorum elsewhere or a real etcd")
    .requiredOption("--etcd-endpoints <urls>", "where the store is, separated by commas")
    .option("--etcd-cafile <file>", "who vouches for the store's certificates")
    .option("--etcd-certfile <file>", "the certificate to show to the store")
    .option("--etcd-keyfile <file>", "its key")
    .option("--listen <address>", "host:port of the API", "127.0.0.1:6443")
    .action(async (flags) => done(await (await import("./verbs/apiserver.js")).apiserver(flags, out)));
  dataDir(program.command("kubectl [args...]"))
    .description("the kubectl on the path with this cluster's kubeconfig")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args, flags) => done(await (await import("./verbs/kubectl.js")).kubectl(args, flags)));
}

function addNodes(program: Command, out: Out, done: Done): void {
  dataDir(program.command("why <pod>"))
    .description("what each plugin of the scheduler thinks of each node for a pod (pod/NAME)")
    .option("-n, --namespace <namespace>", "of the pod (default: default)")
    .option("--json", "as one JSON object")
    .action(async (pod, flags) => done(await (await import("./verbs/why.js")).why(pod, flags, out)));
  const node = program.command("node").description("nodes of this cluster");
  dataDir(node.command("add"))
    .description("start hollow nodes: they register and move pods on, nothing is run")
    .requiredOption("--hollow <n>", "how many; one process carries them")
    .option("--stages <files...>", "what becomes of pods (kind: Stage), before the default: they run and are ready")
    .action(async (flags) => done(await (await import("./verbs/node.js")).addNodes(flags, out)));
}

function addLife(program: Command, out: Out, done: Done): void {
  const life = () => import("./verbs/lifecycle.js");
  dataDir(program.command("start [names...]"))
    .description("start masters that are down")
    .option("--all", "all that are down")
    .action(async (names, flags) => done(await (await life()).start(names, flags, out)));
  dataDir(program.command("restart [names...]"))
    .description("stop and start masters")
    .option("--rolling", "one at a time, the leader last: the quorum holds")
    .action(async (names, flags) => done(await (await life()).restart(names, flags, out)));
  dataDir(program.command("down"))
    .description("stop all masters; the data stays")
    .action(async (flags) => done(await (await life()).down(flags, out)));
  dataDir(program.command("reset"))
    .description("stop all masters and delete their data")
    .option("-y, --yes", "do not ask")
    .action(async (flags) => done(await (await life()).reset(flags, out)));
}

function addFaults(program: Command, out: Out, done: Done): void {
  const faults = () => import("./verbs/faults.js");
  const killing = () => import("./verbs/kill.js");
  dataDir(program.command("kill <name|leader>"))
    .description("SIGKILL a master and watch the others go on")
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]))
    .action(async (who, flags) => done(await (await killing()).kill(who, flags, out)));
  dataDir(program.command("pause <name|leader>"))
    .description("SIGSTOP a master: it is there and says nothing")
    .action(async (who, flags) => done(await (await killing()).pauseMaster(who, flags, out)));
  dataDir(program.command("resume <name>"))
    .description("SIGCONT a paused master")
    .action(async (who, flags) => done(await (await killing()).resumeMaster(who, flags, out)));
  dataDir(program.command("partition <names...>"))
    .description("cut masters off from the others; connections stay open")
    .option("--for <duration>", "heal by itself after it, such as 10s")
    .action(async (names, flags) => done(await (await faults()).partition(names, flags, out)));
  dataDir(program.command("slow <name> <delay>"))
    .description("delay everything between a master and the others, such as 200ms")
    .option("--for <duration>", "heal by itself after it, such as 10s")
    .action(async (name, delay, flags) => done(await (await faults()).slow([name], delay, flags, out)));
  dataDir(program.command("heal"))
    .description("end all partitions and delays")
    .action(async (flags) => done(await (await faults()).heal(flags, out)));
}

function addLooking(program: Command, out: Out, done: Done): void {
  dataDir(program.command("status"))
    .description("who is up, who leads, what is broken, how much more may fail")
    .addOption(new Option("-o, --output <format>", "how").choices(["text", "json", "yaml", "wide", "name"]))
    .action(async (flags) => done(await (await import("./verbs/status.js")).status(flags, out)));
  dataDir(program.command("wait"))
    .description("wait for the cluster")
    .addOption(new Option("--for <condition>", "what for").choices(["quorum", "leader", "ready"]).default("ready"))
    .option("--timeout <duration>", "exit code 3 after it (default: 30s)")
    .action(async (flags) => done(await (await import("./verbs/wait.js")).wait(flags, out)));
  dataDir(program.command("top"))
    .description("memory, processor and entries per second of each master")
    .option("--watch", "again every second")
    .action(async (flags) => done(await (await import("./verbs/top.js")).top(flags, out)));
  dataDir(program.command("doctor"))
    .description("what this machine can and cannot; to paste into a bug report")
    .action(async (flags) => done(await (await import("./verbs/doctor.js")).doctor(flags, out)));
  program
    .command("explain [code]")
    .description("what an error code means")
    .action(async (code) => done((await import("./verbs/explain.js")).explain(code, out)));
}

function addOthers(program: Command, out: Out, done: Done): void {
  dataDir(program.command("config").description("the effective configuration").command("print"))
    .option("--masters <n>", "1, 3 or 5")
    .option("--config <file>", "a cluster configuration")
    .option("--show-origin", "flag, environment, file or default")
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]))
    .action(async (flags) => done(await (await import("./verbs/config.js")).configPrint(flags, out)));
}
