import type { TransportRequest } from "./transport.js";

export interface HttpsOptions {
  /** https://host:port; http for a test server. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Asked before every request, so that a rotated one is used. */
  readonly token?: () => string | undefined;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  /** Over HTTP/2 requests are spread over so many connections, and so over the masters behind one address. Default: 1. */
  readonly connections?: number;
}

export const tlsOf = (options: HttpsOptions) => ({
  ...(options.ca === undefined ? {} : { ca: options.ca }),
  ...(options.cert === undefined ? {} : { cert: options.cert }),
  ...(options.key === undefined ? {} : { key: options.key }),
  ...(options.tlsServerName === undefined ? {} : { servername: options.tlsServerName }),
  rejectUnauthorized: options.insecureSkipTlsVerify !== true,
});

const DEFAULT_PORT: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };
export const placeOf = (base: URL) => ({
  host: base.hostname.replace(/^\[|\]$/g, ""),
  port: base.port === "" ? (DEFAULT_PORT[base.protocol] ?? 0) : Number(base.port),
});

export function headersOf(request: TransportRequest, options: HttpsOptions): Readonly<Record<string, string>> {
  const token = options.token?.();
  return {
    ...request.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(request.body === undefined ? {} : { "content-length": String(request.body.length) }),
  };
}
