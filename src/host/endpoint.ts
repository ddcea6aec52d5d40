/** Where something listens or is dialled, from its URL: http and https for a host and port, unix and unixs for a path. */
export type Endpoint =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly secure: boolean }
  | { readonly kind: "unix"; readonly path: string; readonly secure: boolean };

const SECURE: ReadonlySet<string> = new Set(["https", "unixs"]);

/** The URL was checked where it was read: what is no URL throws. Without a scheme it is plain text. */
export function endpointOf(url: string): Endpoint {
  const match = /^([a-z]+):\/\/(.*)$/.exec(url);
  const scheme = match?.[1] ?? "http";
  const secure = SECURE.has(scheme);
  // As etcd reads it: what stands for host and port is a file's name.
  if (scheme.startsWith("unix")) return { kind: "unix", path: match?.[2] ?? "", secure };
  const { hostname, port } = new URL(`http://${match?.[2] ?? url}`);
  return { kind: "tcp", host: hostname.replace(/^\[|\]$/g, ""), port: Number(port === "" ? 80 : port), secure };
}

/** What net.connect and net.Server.listen take. */
export const addressOf = (endpoint: Endpoint): { readonly host: string; readonly port: number } | { readonly path: string } =>
  endpoint.kind === "unix" ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port };

export const isSecure = (url: string): boolean => /^(https|unixs):/.test(url);
export const isUnix = (url: string): boolean => /^unixs?:/.test(url);
