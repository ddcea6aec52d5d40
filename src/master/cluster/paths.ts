import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SOCKET_PATH_BYTES_MAX } from "./limits.js";

/** Where things lie in a data directory. */
export const clusterFilePath = (dataDir: string): string => join(dataDir, "cluster.json");
export const masterDirectory = (dataDir: string, name: string): string => join(dataDir, name);
export const logDirectory = (dataDir: string): string => join(dataDir, "logs");
export const logPath = (dataDir: string, name: string): string => join(dataDir, "logs", `${name}.log`);
export const argumentsPath = (dataDir: string, name: string): string => join(dataDir, "run", `${name}.json`);
/** Where etcd keeps certificates that it made itself, in a member's directory. */
export const ownCertificate = (directory: string, use: "client" | "peer"): { readonly certFile: string; readonly keyFile: string } => ({
  certFile: join(directory, "fixtures", use, "cert.pem"),
  keyFile: join(directory, "fixtures", use, "key.pem"),
});

/** A Unix socket in the master's directory; a short path in the temporary directory when that is too long for the system; a named pipe
 *  on Windows. */
export function controlSocketPath(dataDir: string, name: string, platform: string = process.platform): string {
  const inside = join(resolve(dataDir), name, "control.sock");
  const short = createHash("sha256").update(inside).digest("hex").slice(0, 16);
  if (platform === "win32") return `\\\\.\\pipe\\trimast-${short}`;
  return Buffer.byteLength(inside) <= SOCKET_PATH_BYTES_MAX ? inside : join(tmpdir(), `trimast-${short}.sock`);
}
/** The supervisor's own channel. */
export const supervisorSocketPath = (dataDir: string): string => controlSocketPath(dataDir, "run");
