import { createHash } from "node:crypto";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { ClientCertificate } from "../chain/index.js";

const CERTIFICATES = new WeakMap<object, { readonly certificate: ClientCertificate | undefined }>();

/** The verified one, worked out once a connection. */
export function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const known = CERTIFICATES.get(socket);
  if (known) return known.certificate;
  const certificate = socket.authorized ? described(socket.getPeerCertificate()) : undefined;
  CERTIFICATES.set(socket, { certificate });
  return certificate;
}

function described(peer: PeerCertificate): ClientCertificate | undefined {
  const subject = peer.subject as unknown as Record<string, string | string[]> | undefined;
  if (!subject) return undefined;
  const all = (name: string): readonly string[] => {
    const value = subject[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  };
  const fingerprint = createHash("sha256").update(peer.raw).digest("hex");
  return { commonName: all("CN")[0] ?? "", organizations: all("O"), fingerprint };
}
