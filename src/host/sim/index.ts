export { SimDisk, type SimDiskOptions, type SimOperation } from "./disk.js";
