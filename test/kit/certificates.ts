import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Issued, issue, type LeafRequest, makeCa } from "../../src/master/certificates/index.js";

/** An authority in a directory of its own, and what it signs as files. */
export class TestCa {
  readonly directory = mkdtempSync(join(tmpdir(), "trimast-ca-"));
  readonly ca: Issued;
  readonly caFile: string;

  constructor(name = "test-ca") {
    this.ca = makeCa({ commonName: name, days: 2 });
    this.caFile = this.write("ca.pem", this.ca.certPem);
  }
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }
  /** Good for 127.0.0.1 and localhost on both sides of a handshake unless told otherwise. */
  issue(name: string, request: LeafRequest = {}): Issued & { readonly certFile: string; readonly keyFile: string } {
    const made = issue(this.ca, { commonName: name, dnsNames: ["localhost"], ips: ["127.0.0.1"], ...request });
    return { ...made, certFile: this.write(`${name}.pem`, made.certPem), keyFile: this.write(`${name}.key`, made.keyPem) };
  }
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
