export type { Clock, Timer } from "./clock.js";
export type { Disk, DiskFile, DiskLock } from "./disk.js";
export { DiskError } from "./disk.js";
export { addressOf, type Endpoint, endpointOf, isSecure, isUnix } from "./endpoint.js";
export type { Host } from "./host.js";
export type { Log, LogFields, LogLevel } from "./log.js";
export type { Link, LinkHandlers, Net } from "./net.js";
export { CIPHER_SUITES, opensslCiphers } from "./suites.js";
export { TLS_VERSIONS, type TlsAuto, type TlsFiles, type TlsSettings, type TlsSide, type TlsVersion } from "./tls.js";
