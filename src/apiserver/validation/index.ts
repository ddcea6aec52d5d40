import { ADMISSION } from "./admission/table.js";
import { APIREGISTRATION } from "./apiregistration/table.js";
import { AUTHORIZATION } from "./authorization/table.js";
import { AUTOSCALING } from "./autoscaling/table.js";
import { CERTIFICATES } from "./certificates/table.js";
import { CORE } from "./core/table.js";
import { DISCOVERY } from "./discovery/table.js";
import { EVENTS } from "./events/table.js";
import { FLOWCONTROL } from "./flowcontrol/table.js";
import { NETWORKING } from "./networking/table.js";
import { PODS } from "./pods/table.js";
import { POLICY } from "./policy/table.js";
import { RBAC } from "./rbac/table.js";
import { RESOURCE } from "./resource/table.js";
import { SMALL } from "./small/table.js";
import { STORAGE } from "./storage/table.js";
import type { KindRules, RulesTable } from "./types.js";
import { WORKLOADS } from "./workloads/table.js";

export { dnsLabelErrors, dnsSubdomainErrors, pathSegmentErrors } from "../../kube/meta/index.js";
export { serviceErrors as webhookServiceErrors, urlErrors as webhookUrlErrors } from "./admission/client-config.js";
export { type CertificateRequest, parseRequest } from "./certificates/request.js";
export { clusterIpErrors } from "./core/service-ips.js";
export { dns1035Label as dns1035LabelErrors } from "./formats/names.js";
export { metaErrors, metaUpdateErrors } from "./meta.js";
export { appArmorField, appArmorKey } from "./pods/annotations.js";
export { qosClass } from "./pods/qos.js";
export type { KindRules, RulesTable } from "./types.js";

const TABLES: readonly RulesTable[] = [
  ADMISSION,
  APIREGISTRATION,
  AUTHORIZATION,
  AUTOSCALING,
  CERTIFICATES,
  CORE,
  DISCOVERY,
  EVENTS,
  FLOWCONTROL,
  NETWORKING,
  PODS,
  POLICY,
  RBAC,
  RESOURCE,
  STORAGE,
  SMALL,
  WORKLOADS,
];
const ALL: ReadonlyMap<string, KindRules> = new Map(TABLES.flatMap((t) => Object.entries(t)));

export const rulesOf = (group: string, kind: string): KindRules | undefined => ALL.get(`${group}/${kind}`);
