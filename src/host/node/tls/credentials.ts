import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Bytes } from "../../../base/index.js";
import { type Log, opensslCiphers, type TlsFiles, type TlsSettings } from "../../index.js";

/** Certificates as they lie on the disk now. */
export interface Loaded {
  readonly server: SecureContextOptions;
  readonly client: SecureContextOptions;
  readonly revoked: ReadonlySet<string>;
}

export interface CredentialOptions {
  readonly files: TlsFiles;
  readonly versions: Pick<TlsSettings, "minVersion" | "maxVersion" | "cipherSuites">;
  readonly log: Log;
  /** Serial numbers of a revocation list; undefined when it is none. */
  readonly readRevoked: (file: Bytes) => ReadonlySet<string> | undefined;
}

/** A certificate, key or list that cannot be used. */
export class BrokenCertificate extends Error {
  override readonly name = "BrokenCertificate";
}

/** One side's certificates. Whoever is about to shake hands asks for `current`: files that changed since are read again, and files that are
 *  broken, or half replaced, leave the last good ones in force. */
export class Credentials {
  readonly files: TlsFiles;
  readonly #options: CredentialOptions;
  #seen: string;
  #loaded: Loaded;

  /** Throws BrokenCertificate: a server that cannot be trusted does not start. */
  constructor(options: CredentialOptions) {
    this.#options = options;
    this.files = options.files;
    this.#seen = this.#signature();
    this.#loaded = this.#load();
  }

  /** The same object as long as nothing changed. Looking costs a stat a file, about 10 us beside a handshake's millisecond. */
  current(): Loaded {
    const now = this.#signature();
    if (now === this.#seen) return this.#loaded;
    this.#seen = now;
    const { log, files } = this.#options;
    try {
      this.#loaded = this.#load();
      log.info("certificates changed: new connections use the new ones", { file: files.certFile });
    } catch (error) {
      log.warn("certificates changed and cannot be used: the old ones stay in force", { why: String((error as Error).message) });
    }
    return this.#loaded;
  }

  #signature(): string {
    const { certFile, keyFile, clientCertFile, clientKeyFile, trustedCaFile, crlFile } = this.files;
    return [certFile, keyFile, clientCertFile, clientKeyFile, trustedCaFile, crlFile].map(stamp).join();
  }

  #load(): Loaded {
    const { files, versions, readRevoked } = this.#options;
    const common: SecureContextOptions = {
      minVersion: versions.minVersion ?? "TLSv1.2",
      ...(versions.maxVersion === undefined ? {} : { maxVersion: versions.maxVersion }),
      ...(versions.cipherSuites === undefined || versions.cipherSuites.length === 0
        ? {}
        : { ciphers: opensslCiphers(versions.cipherSuites) }),
      ...(files.trustedCaFile === undefined ? {} : { ca: read(files.trustedCaFile) }),
    };
    const server = { ...common, cert: read(files.certFile), key: read(files.keyFile) };
    const client =
      files.clientCertFile === undefined || files.clientKeyFile === undefined
        ? server
        : { ...common, cert: read(files.clientCertFile), key: read(files.clientKeyFile) };
    tryOut(server, `${files.certFile} and ${files.keyFile}`);
    if (client !== server) tryOut(client, `${files.clientCertFile} and ${files.clientKeyFile}`);
    const revoked = files.crlFile === undefined ? new Set<string>() : readRevoked(read(files.crlFile));
    if (revoked === undefined) throw new BrokenCertificate(`${files.crlFile} is no certificate revocation list`);
    return { server, client, revoked };
  }
}

function stamp(file: string | undefined): string {
  if (file === undefined) return "";
  const at = statSync(file, { throwIfNoEntry: false });
  return at === undefined ? "absent" : `${at.ino}/${at.size}/${at.mtimeMs}`;
}
function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new BrokenCertificate(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, { cause: error });
  }
}
function tryOut(options: SecureContextOptions, what: string): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new BrokenCertificate(`${what} are no certificate and its key: ${(error as Error).message}`, { cause: error });
  }
}
