/** Certificates of one side of a master, clients' or peers'. Plain JSON: it is handed to the process. */
export type TlsSide = TlsFiles | TlsAuto;

export interface TlsFiles {
  readonly kind: "files";
  readonly certFile: string;
  readonly keyFile: string;
  /** Shown when this side dials; `certFile` without. */
  readonly clientCertFile?: string;
  readonly clientKeyFile?: string;
  /** Whoever connects must show a certificate of one of these; whom we dial must as well. */
  readonly trustedCaFile?: string;
  readonly clientCertAuth?: boolean;
  /** Revoked serial numbers, DER or PEM. */
  readonly crlFile?: string;
  readonly allowedNames?: readonly string[];
  readonly allowedHostnames?: readonly string[];
  /** Peers whose certificate names addresses come from one of them, unless this is set. */
  readonly skipClientSanCheck?: boolean;
  /** Made by ourselves: who dials has nothing to verify it with. */
  readonly selfSigned?: boolean;
}

/** Made at the first start and kept in the data directory: encryption without trust. */
export interface TlsAuto {
  readonly kind: "auto";
  readonly days: number;
}

export const TLS_VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export interface TlsSettings {
  readonly client?: TlsSide;
  readonly peer?: TlsSide;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** IANA names, as Go and etcd write them. */
  readonly cipherSuites?: readonly string[];
}
