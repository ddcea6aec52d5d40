import type { ApiRequest } from "./types.js";

/** X-Forwarded-For of a request that goes on: who was named before, and from where it came here. Empty: nobody knows. */
export const forwardedFor = (request: ApiRequest): string =>
  [request.header("x-forwarded-for"), request.remoteAddress].filter((address) => address !== undefined && address !== "").join(", ");
