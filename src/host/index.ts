export type { Clock, Timer } from "./clock.js";
export type { Disk, DiskFile, DiskLock } from "./disk.js";
export { DiskError } from "./disk.js";
export type { Host } from "./host.js";
export type { Log, LogFields, LogLevel } from "./log.js";
export type { Link, LinkHandlers, Net } from "./net.js";
