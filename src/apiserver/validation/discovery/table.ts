import type { RulesTable } from "../types.js";
import { ENDPOINT_SLICE } from "./endpoint-slice.js";
import { ENDPOINTS } from "./endpoints.js";

export const DISCOVERY: RulesTable = { "/Endpoints": ENDPOINTS, "discovery.k8s.io/EndpointSlice": ENDPOINT_SLICE };
