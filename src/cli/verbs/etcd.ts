import { createWriteStream, existsSync, readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { endpointOf, isSecure, type Log, type LogFields, type LogLevel } from "../../host/index.js";
import { isLoopback, type MasterFailure } from "../../master/cluster/index.js";
import { CliError, type ErrorCode, EXIT, type ExitCode } from "../errors.js";
import { type EtcdMaster, type EtcdSettings, etcdMaster, etcdSettings, SUPPORTED, UNSUPPORTED, WITHOUT_EFFECT } from "../etcd-flags.js";
import { SECURITY_SECTIONS } from "../etcd-tls.js";
import type { Out } from "../out.js";
import { bare } from "../printers.js";
import { VERSION } from "../version.js";

/** One member that takes etcd's own flags and variables, so that a script made for etcd starts it unchanged. */
export async function etcd(args: readonly string[], out: Out): Promise<ExitCode> {
  if (args.some((a) => /^--?(h|help)$/.test(a))) return help(out);
  const { settings: given, notes } = etcdSettings(args, process.env);
  if (given.has("version")) return version(out);
  const settings = await withConfigFile(given);
  const master = etcdMaster(settings);
  const log = zapLog(master);
  for (const note of notes) log[note.message.startsWith("unrec") ? "warn" : "info"](note.message, note.fields);
  warnOfPlainText(master, log);
  await serve(master, log);
  return new Promise(() => {});
}

async function serve(master: EtcdMaster, log: Log): Promise<void> {
  const { failureOf, runMaster } = await import("../../master/index.js");
  const { cluster, name, initialState, forceNewCluster } = master;
  try {
    const running = await runMaster(
      { cluster, name, initialState, dataDir: resolve(master.dataDir), ...(forceNewCluster ? { forceNewCluster } : {}) },
      log,
    );
    whenLed(running.member, () => ready(master, log));
  } catch (error) {
    throw failed(failureOf(error), master);
  }
}

interface Led {
  readonly status: { readonly leader: bigint };
  observe(run: (status: { readonly leader: bigint }) => void): { stop(): void };
}
/** etcd says that it is ready when the first leader is known. */
function whenLed(member: Led, run: () => void): void {
  if (member.status.leader !== 0n) return run();
  const watch = member.observe(({ leader }) => {
    if (leader === 0n) return;
    watch.stop();
    run();
  });
}

function ready({ cluster, name }: EtcdMaster, log: Log): void {
  log.info("ready to serve client requests");
  for (const url of cluster.masters.find((m) => m.name === name)?.clientUrls ?? []) {
    if (isSecure(url)) log.info("serving client traffic securely", { traffic: "grpc+http", address: bare(url) });
    else log.info("serving client traffic insecurely; this is strongly discouraged!", { traffic: "grpc+http", address: bare(url) });
  }
}

const OF_FAILURE: Readonly<Record<MasterFailure["code"], ErrorCode>> = {
  locked: "TE0301",
  wrongDirectory: "TE0105",
  portInUse: "TE0107",
  tooNew: "TE0106",
  corrupt: "TE0108",
  other: "TE0104",
};
const failed = (failure: MasterFailure, master: EtcdMaster): CliError =>
  new CliError(OF_FAILURE[failure.code], `${failure.message}\ndata directory: ${master.dataDir}`);

/** Here etcd's scripts decide: it is warned of and obeyed. */
function warnOfPlainText({ cluster, name }: EtcdMaster, log: Log): void {
  const mine = cluster.masters.find((m) => m.name === name);
  for (const url of [...(mine?.clientUrls ?? []), ...(mine?.peerUrls ?? [])]) {
    const endpoint = endpointOf(url);
    if (endpoint.kind === "tcp" && !endpoint.secure && !isLoopback(endpoint.host))
      log.warn("plain text off loopback: everybody on this network can read and write everything", { address: bare(url) });
  }
}

/** As etcd has it: with a file, flags and variables count for nothing. Values may be numbers or switches. */
async function withConfigFile(given: EtcdSettings): Promise<EtcdSettings> {
  const file = given.get("config-file");
  if (file === undefined || file === "") return given;
  if (!existsSync(file)) throw new CliError("TE0101", `error loading config file ${file}: no such file`);
  const { parse } = await import("yaml");
  const content = parse(readFileSync(file, "utf8")) as Record<string, unknown> | null;
  const args = Object.entries(content ?? {}).flatMap(([key, value]) => {
    if (value === null || value === undefined || value === "") return [];
    const section = SECURITY_SECTIONS[key];
    if (section !== undefined && typeof value === "object") return securityArgs(section, value);
    if (Array.isArray(value)) return [`--${key}=${value.join()}`];
    return typeof value === "object" ? [] : [`--${key}=${String(value)}`];
  });
  return etcdSettings(args, {}).settings;
}

function securityArgs(section: Readonly<Record<string, string>>, values: object): string[] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    if (value === null || value === undefined || value === "") return [];
    // An unknown key is refused with its own name, as one of the top level is.
    return [`--${section[key] ?? key}=${Array.isArray(value) ? value.join() : String(value)}`];
  });
}

function version(out: Out): ExitCode {
  out.print(
    `etcd Version: ${etcdVersion()}\nGit SHA: trimast-${VERSION}\nGo Version: node ${process.version}\nGo OS/Arch: ${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
  );
  return EXIT.done;
}
/** The etcd release whose interface is served; test/cli/etcd.test.ts holds it equal to the member's. */
export const etcdVersion = (): string => "3.7.1";

function help(out: Out): ExitCode {
  const list = (names: readonly string[]): string =>
    names
      .toSorted()
      .map((n) => `  --${n}`)
      .join("\n");
  out.print(`Usage: trimast etcd [flags]     etcd's own flags and ETCD_ variables; --flag=value, --flag value, -flag\n`);
  out.print(
    `Supported:\n${list(Object.keys(SUPPORTED))}\n\nAccepted, without effect:\n${list(Object.keys(WITHOUT_EFFECT))}\n\nRefused:\n${list(Object.keys(UNSUPPORTED))}`,
  );
  return EXIT.done;
}

// ---------------------------------------------------------------- log lines as etcd's zap writes them

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

function zapLog(master: EtcdMaster): Log {
  const write = writerOf(master.logOutput);
  const at =
    (level: LogLevel, context: LogFields) =>
    (message: string, fields: LogFields = {}): void => {
      if (SEVERITY[level] < SEVERITY[master.logLevel]) return;
      write(
        master.logFormat === "json"
          ? jsonLine(level, message, { ...context, ...fields })
          : consoleLine(level, message, { ...context, ...fields }),
      );
    };
  const make = (context: LogFields): Log => ({
    debug: at("debug", context),
    info: at("info", context),
    warn: at("warn", context),
    error: at("error", context),
    with: (fields) => make({ ...context, ...fields }),
  });
  return make({});
}

function writerOf(output: string): (line: string) => void {
  if (output === "default" || output === "stderr" || output === "systemd/journal") return toDescriptor(2);
  if (output === "stdout") return toDescriptor(1);
  const stream = createWriteStream(output, { flags: "a" });
  return (line) => void stream.write(line);
}
const toDescriptor =
  (fd: number) =>
  (line: string): void => {
    try {
      writeSync(fd, line);
    } catch {
      // Closed, or a full pipe: losing a line beats dying of it.
    }
  };

const plain = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, typeof v === "bigint" ? String(v) : v]));
const jsonLine = (level: LogLevel, msg: string, fields: LogFields): string =>
  `${JSON.stringify({ level, ts: new Date().toISOString(), caller: "trimast", msg, ...plain(fields) })}\n`;
const consoleLine = (level: LogLevel, msg: string, fields: LogFields): string => {
  const more = Object.keys(fields).length === 0 ? "" : `\t${JSON.stringify(plain(fields))}`;
  return `${new Date().toISOString()}\t${level}\ttrimast\t${msg}${more}\n`;
};
