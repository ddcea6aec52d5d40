import { type Command, Option } from "commander";
import type { ExitCode } from "./errors.js";
import type { Out } from "./out.js";

type Done = (code: ExitCode) => void;
const kv = () => import("./verbs/kv.js");
const snapshot = () => import("./verbs/snapshot.js");
const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** For people without etcdctl: the same words, the same output. */
export function addStore(program: Command, out: Out, done: Done): void {
  const store = program.command("kv").description("read and write the store");
  addKeys(store, out, done);
  addLeases(store.command("lease").description("leases"), out, done);
  addSnapshots(program.command("snapshot").description("save, look at and restore backups"), out, done);
}

function connected(command: Command): Command {
  return command
    .option("--endpoints <list>", "client addresses (default: those of the data directory, or TRIMAST_ENDPOINTS)")
    .option("--data-dir <dir>", "whose endpoints (default: .trimast)")
    .option("--timeout <duration>", "default: 5s")
    .option("--user <name[:password]>", "who asks, where authentication is on (or TRIMAST_USER)")
    .option("--password <password>", "of --user (or TRIMAST_PASSWORD)")
    .option("--cacert <file>", "whose certificates to trust (default: those of the data directory's cluster)")
    .option("--cert <file>", "the certificate to show")
    .option("--key <file>", "its key")
    .option("--insecure-skip-tls-verify", "believe whoever answers")
    .addOption(new Option("-o, --output <format>", "how").choices(["text", "json", "value"]));
}
const ranged = (command: Command): Command =>
  connected(command).option("--prefix", "all keys that begin so").option("--from-key", "all keys from this one on");

function addKeys(store: Command, out: Out, done: Done): void {
  ranged(store.command("get <key> [rangeEnd]"))
    .option("--rev <revision>", "as of this revision")
    .option("--limit <n>", "at most so many")
    .option("--keys-only", "without values")
    .option("--count-only", "how many")
    .option("--serializable", "this member's own view, also without a quorum")
    .action(async (key, end, flags) => done(await (await kv()).get(key, end, flags, out)));
  connected(store.command("put <key> [value]"))
    .description("the value comes from standard input when it is left out")
    .option("--lease <id>", "attach to a lease (hexadecimal)")
    .option("--prev-kv", "say what was there")
    .action(async (key, value, flags) => done(await (await kv()).put(key, value, flags, out)));
  ranged(store.command("del <key> [rangeEnd]"))
    .option("--prev-kv", "say what was there")
    .action(async (key, end, flags) => done(await (await kv()).del(key, end, flags, out)));
  ranged(store.command("watch <key> [rangeEnd]"))
    .option("--rev <revision>", "from this revision on")
    .option("--prev-kv", "with what was there")
    .action(async (key, end, flags) => done(await (await kv()).watch(key, end, flags, out)));
  connected(store.command("txn"))
    .description("compare, then or else; without flags from standard input as etcdctl reads it")
    .option("--if <compare>", 'such as version(a)=0, mod(a)>5, value(a)="x"', many)
    .option("--then <operation>", "put KEY VALUE, get KEY or del KEY", many)
    .option("--else <operation>", "the same when a comparison fails", many)
    .action(async (flags) => done(await (await kv()).txn(flags, out)));
}

function addLeases(lease: Command, out: Out, done: Done): void {
  connected(lease.command("grant <ttl>")).action(async (ttl, flags) => done(await (await kv()).leaseGrant(ttl, flags, out)));
  connected(lease.command("revoke <id>")).action(async (id, flags) => done(await (await kv()).leaseRevoke(id, flags, out)));
  connected(lease.command("keep-alive <id>"))
    .option("--once", "one time only")
    .action(async (id, flags) => done(await (await kv()).leaseKeepAlive(id, flags, out)));
  connected(lease.command("ttl <id>"))
    .option("--keys", "with the keys attached")
    .action(async (id, flags) => done(await (await kv()).leaseTtl(id, flags, out)));
  connected(lease.command("list")).action(async (flags) => done(await (await kv()).leaseList(flags, out)));
}

function addSnapshots(command: Command, out: Out, done: Done): void {
  connected(command.command("save <file>")).action(async (file, flags) => done(await (await snapshot()).save(file, flags, out)));
  command
    .command("status <file>")
    .addOption(new Option("-o, --output <format>", "how").choices(["text", "json"]))
    .action(async (file, flags) => done(await (await snapshot()).fileStatus(file, flags, out)));
  command
    .command("restore <file>")
    .description("write members' directories that start from the backup, as a new cluster")
    .requiredOption("--data-dir <dir>", "where `up --data-dir` will find it")
    .option("--config <file>", "the configuration of the new cluster")
    .option("--masters <n>", "1, 3 or 5")
    .option("--name <name>", "only this member (the others are restored elsewhere, from the same file)")
    .option("--bump-revision <n>", "raise the revision by so much: clients that saw newer ones are not confused")
    .option("--mark-compacted", "with --bump-revision: watchers of older revisions are told to list again")
    .action(async (file, flags) => done(await (await snapshot()).restore(file, flags, out)));
}
