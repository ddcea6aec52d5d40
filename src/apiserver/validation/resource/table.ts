import type { RulesTable } from "../types.js";
import { RESOURCE_CLAIM, RESOURCE_CLAIM_TEMPLATE } from "./claim.js";
import { DEVICE_CLASS } from "./device-class.js";
import { RESOURCE_SLICE } from "./resource-slice.js";

export const RESOURCE: RulesTable = {
  "resource.k8s.io/DeviceClass": DEVICE_CLASS,
  "resource.k8s.io/ResourceClaim": RESOURCE_CLAIM,
  "resource.k8s.io/ResourceClaimTemplate": RESOURCE_CLAIM_TEMPLATE,
  "resource.k8s.io/ResourceSlice": RESOURCE_SLICE,
};
