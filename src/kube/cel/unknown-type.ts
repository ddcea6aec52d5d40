import { type CelType, opaque } from "./celtypes.js";

/** The type of data that is only preserved. */
export const UNKNOWN_TYPE: CelType = opaque("unknown");
