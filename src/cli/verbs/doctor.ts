import { execFile } from "node:child_process";
import { closeSync, existsSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, freemem, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { type ClusterSpec, ownerOfPort, portsTaken, readClusterFile, shippedCluster } from "../../master/cluster/index.js";
import { EXIT, type ExitCode } from "../errors.js";
import { SLOW_SYNC_MS, SYNC_PROBES } from "../limits.js";
import type { Out } from "../out.js";
import { bare } from "../printers.js";
import { dataDirOf } from "../resolve.js";
import { bad, ok, warn } from "../style.js";
import { VERSION } from "../version.js";
import { observe } from "../view.js";

type Finding = { readonly level: "ok" | "warn" | "bad"; readonly text: string };
const good = (text: string): Finding => ({ level: "ok", text });
const careful = (text: string): Finding => ({ level: "warn", text });

/** What this machine can and cannot, as lines to paste. Fails only when a start would fail. */
export async function doctor(flags: { readonly dataDir?: string }, out: Out): Promise<ExitCode> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const findings = [
    good(`trimast v${VERSION}, node ${process.version}, ${platform()} ${release()} ${process.arch}`),
    nodeVersion(),
    good(`${cpus().length} processors, ${gigabytes(totalmem())} memory, ${gigabytes(freemem())} free`),
    clock(),
    disk(),
    await openFiles(),
    await ipv6(),
    proxies(),
    ...(await ports(dataDir)),
    await running(dataDir),
  ];
  const line = { ok, warn, bad };
  for (const f of findings) out.print(line[f.level](out.style, f.text));
  return findings.some((f) => f.level === "bad") ? EXIT.failed : EXIT.done;
}

const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough
    ? good("Node is new enough (20.19)")
    : { level: "bad", text: `Node ${process.versions.node} is too old: 20.19 or later is needed` };
}

/** The wall clock is only read by people; one far from the program's own birth is surely wrong. */
function clock(): Finding {
  const now = new Date();
  return now.getFullYear() < 2025 ? careful(`the clock says ${now.toISOString()}`) : good(`clock ${now.toISOString()}`);
}

/** Every acknowledged write waits for this. */
function disk(): Finding {
  const directory = mkdtempSync(join(process.cwd(), ".trimast-doctor-"));
  try {
    const file = openSync(join(directory, "sync"), "w");
    const times: number[] = [];
    for (let i = 0; i < SYNC_PROBES; i++) {
      writeSync(file, Buffer.alloc(512, i));
      const began = performance.now();
      fdatasyncSync(file);
      times.push(performance.now() - began);
    }
    closeSync(file);
    const sorted = times.sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const free = statfsSync(directory);
    const text = `disk: fdatasync ${median.toFixed(2)} ms (median), ${(sorted.at(-1) ?? 0).toFixed(2)} ms (slowest); ${gigabytes(free.bavail * free.bsize)} free`;
    return median > SLOW_SYNC_MS ? careful(`${text}: every write waits for it`) : good(text);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function openFiles(): Promise<Finding> {
  if (platform() === "win32") return Promise.resolve(good("open files: no limit to look at"));
  return new Promise((resolve) => {
    execFile("/bin/sh", ["-c", "ulimit -n"], (error, stdout) => {
      const limit = stdout.trim();
      if (error) resolve(careful("open files: limit unknown"));
      else
        resolve(
          limit !== "unlimited" && Number(limit) < 1_024
            ? careful(`open files: ${limit} (raise it: ulimit -n 65536)`)
            : good(`open files: ${limit}`),
        );
    });
  });
}

function ipv6(): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(good("IPv6 loopback: no (IPv4 is enough)")));
    server.listen({ host: "::1", port: 0 }, () => server.close(() => resolve(good("IPv6 loopback: yes"))));
  });
}

function proxies(): Finding {
  const set = ["http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY"].filter((n) => (process.env[n] ?? "") !== "");
  if (set.length === 0) return good("no proxies");
  const exempt = /127\.0\.0\.1|localhost/.test(process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "");
  return exempt
    ? good(`proxies set (${set.join(", ")}), loopback exempt`)
    : careful(`${set.join(", ")} may take loopback connections: set no_proxy=127.0.0.1,localhost`);
}

async function ports(dataDir: string): Promise<readonly Finding[]> {
  const file = readClusterFile(dataDir);
  const spec: ClusterSpec = file?.spec ?? shippedCluster(3);
  const taken = await portsTaken(spec.masters);
  if (taken.length === 0)
    return [
      good(
        `ports free: ${spec.masters
          .flatMap((m) => [...m.clientUrls, ...m.peerUrls])
          .map(bare)
          .join(", ")}`,
      ),
    ];
  return taken.map((t) => {
    const owner = ownerOfPort(t.port);
    const mine = owner !== undefined && file?.masters.some((m) => m.pid === owner.pid);
    if (mine) return good(`port ${t.port}: ${t.member}, which runs`);
    return careful(
      `port ${t.port} (${t.member}) is used by ${owner ? `"${owner.command}" (pid ${owner.pid})` : "an unknown process"}: trimast up --ports auto`,
    );
  });
}

async function running(dataDir: string): Promise<Finding> {
  if (!existsSync(join(dataDir, "cluster.json"))) return good(`no cluster in ${dataDir}`);
  const { quorum } = await observe(dataDir);
  return good(`cluster in ${dataDir}: ${quorum.up} of ${quorum.members} up, leader ${quorum.leader ?? "none"}`);
}
