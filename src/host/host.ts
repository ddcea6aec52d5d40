import type { Random } from "../base/index.js";
import type { Clock } from "./clock.js";
import type { Disk } from "./disk.js";
import type { Log } from "./log.js";
import type { Net } from "./net.js";

/** The only way out of the process: threaded through constructors, never imported as a singleton. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly net: Net;
  readonly log: Log;
}
