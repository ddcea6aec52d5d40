import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ensurePki, kubeconfigPath } from "../../master/cluster/index.js";
import { CliError, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { dataDirOf } from "../resolve.js";
import { ok } from "../style.js";

export interface ApiserverFlags {
  readonly etcdEndpoints: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly listen: string;
  readonly dataDir?: string;
}

/** An apiserver by itself in front of a store elsewhere: a quorum of ours, or a real etcd. Stays until it is told to stop. */
export async function apiserver(flags: ApiserverFlags, out: Out): Promise<ExitCode> {
  const dataDir = resolve(dataDirOf(flags.dataDir, process.env));
  if (!/^[^:]+:\d+$/.test(flags.listen))
    throw new CliError("TE0002", `--listen ${flags.listen}: it is host:port`, { fix: "--listen 127.0.0.1:6443" });
  const server = `https://${flags.listen}`;
  const pki = ensurePki(dataDir, { server, ips: [] });
  const read = (file: string | undefined): Buffer | undefined => (file === undefined ? undefined : readFileSync(file));
  const [ca, cert, key] = [read(flags.etcdCafile), read(flags.etcdCertfile), read(flags.etcdKeyfile)];
  const { serveRemote } = await import("../../master/index.js");
  const running = await serveRemote({
    endpoints: flags.etcdEndpoints.split(","),
    tls: ca === undefined && cert === undefined ? undefined : { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) },
    url: server,
    pki,
  });
  await running.ready;
  out.print(ok(out.style, `the API of ${flags.etcdEndpoints} answers at ${server}`));
  out.print(`    export KUBECONFIG=${kubeconfigPath(dataDir)}`);
  return new Promise((done) => {
    const stop = (): void => void running.stop().then(() => done(0 as ExitCode));
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
}
