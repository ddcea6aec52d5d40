import type { RulesTable } from "../types.js";
import { INGRESS } from "./ingress.js";
import { INGRESS_CLASS } from "./ingress-class.js";
import { IP_ADDRESS } from "./ip-address.js";
import { NETWORK_POLICY } from "./network-policy.js";
import { SERVICE_CIDR } from "./service-cidr.js";

export const NETWORKING: RulesTable = {
  "networking.k8s.io/IPAddress": IP_ADDRESS,
  "networking.k8s.io/Ingress": INGRESS,
  "networking.k8s.io/IngressClass": INGRESS_CLASS,
  "networking.k8s.io/NetworkPolicy": NETWORK_POLICY,
  "networking.k8s.io/ServiceCIDR": SERVICE_CIDR,
};
