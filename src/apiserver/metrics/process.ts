import { readdirSync, readFileSync } from "node:fs";
import { counter, type Family, gauge } from "./exposition.js";

const NOBODY = {} as const;
/** Of this process, whatever else runs in it. What the machine does not say is left out. */
export function processFamilies(wallMs: number): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const families = [
    counter("process_cpu_seconds_total", "Time that this process has used of the processors.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.", [[NOBODY, process.memoryUsage.rss()]]),
    gauge("process_start_time_seconds", "When this process began, since 1970.", [[NOBODY, Math.round(wallMs / 1_000 - process.uptime())]]),
  ];
  const open = openFiles();
  const virtual = virtualBytes();
  if (open !== undefined) families.push(gauge("process_open_fds", "Files and sockets that are open.", [[NOBODY, open]]));
  if (virtual !== undefined)
    families.push(gauge("process_virtual_memory_bytes", "Memory of this process, wherever it is.", [[NOBODY, virtual]]));
  return families;
}
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
const PAGE_BYTES = 4_096;
function virtualBytes(): number | undefined {
  try {
    const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]);
    return pages > 0 ? pages * PAGE_BYTES : undefined;
  } catch {
    return undefined;
  }
}
