import type { RulesTable } from "../types.js";
import { CONFIG_MAP, SECRET, SERVICE_ACCOUNT } from "./config.js";
import { LIMIT_RANGE } from "./limit-range.js";
import { NAMESPACE } from "./namespace.js";
import { NODE } from "./node.js";
import { PERSISTENT_VOLUME } from "./persistent-volume.js";
import { CLAIM } from "./persistent-volume-claim.js";
import { QUOTA } from "./quota.js";
import { SERVICE } from "./service.js";

export const CORE: RulesTable = {
  "/ConfigMap": CONFIG_MAP,
  "/LimitRange": LIMIT_RANGE,
  "/Namespace": NAMESPACE,
  "/Node": NODE,
  "/PersistentVolume": PERSISTENT_VOLUME,
  "/PersistentVolumeClaim": CLAIM,
  "/ResourceQuota": QUOTA,
  "/Secret": SECRET,
  "/Service": SERVICE,
  "/ServiceAccount": SERVICE_ACCOUNT,
};
