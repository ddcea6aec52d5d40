export { SimDisk, type SimDiskOptions, type SimOperation } from "./disk.js";
export { SimNet, type SimNetOptions } from "./net.js";
export { Schedule, SimClock } from "./schedule.js";
