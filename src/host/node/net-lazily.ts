import type { Net } from "../index.js";
import type { NetLimits } from "./net.js";

/** Links over @grpc/grpc-js, which is loaded by those who ask for it: every other master starts without. */
export const grpcNet = async (limits: NetLimits): Promise<Net> => (await import("./net.js")).grpcNet(limits);
