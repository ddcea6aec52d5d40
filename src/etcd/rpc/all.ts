import type { EtcdApi } from "../api/index.js";
import { electionMethods } from "./election.js";
import { healthMethods } from "./grpc-health.js";
import { keepAliveMethod } from "./keep-alive.js";
import { lockMethods } from "./lock.js";
import type { RpcMethod } from "./method.js";
import { clusterMethods, kvMethods, leaseMethods, maintenanceMethods } from "./services.js";
import { watchMethod } from "./watch.js";

/** Every method of etcd's services over one EtcdApi, as one table. */
export function etcdMethods(api: EtcdApi): readonly RpcMethod[] {
  return [
    ...kvMethods(api),
    watchMethod(api),
    ...leaseMethods(api),
    keepAliveMethod(api),
    ...clusterMethods(api),
    ...maintenanceMethods(api),
    ...lockMethods(api),
    ...electionMethods(api),
    ...healthMethods(),
  ];
}
