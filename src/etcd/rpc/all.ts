import { type EtcdApi, EtcdError, GRPC } from "../api/index.js";
import { authMethods } from "./auth.js";
import { electionMethods } from "./election.js";
import { healthMethods } from "./grpc-health.js";
import { keepAliveMethod } from "./keep-alive.js";
import { lockMethods } from "./lock.js";
import type { RpcMethod } from "./method.js";
import { reflectionMethods } from "./reflection.js";
import { clusterMethods, kvMethods, leaseMethods, maintenanceMethods } from "./services.js";
import { RpcError } from "./status.js";
import { watchMethod } from "./watch.js";

/** etcd's lock and election services stand on a client of its own, whose errors reach the caller as Unknown with the right text. */
function unmapped(method: RpcMethod): RpcMethod {
  if (method.kind !== "unary") return method;
  return {
    ...method,
    handle: async (context, request) => {
      try {
        return await method.handle(context, request);
      } catch (error) {
        throw error instanceof EtcdError ? new RpcError(GRPC.unknown, error.message) : error;
      }
    },
  };
}

/** Every method of etcd's services over one EtcdApi, as one table. */
export function etcdMethods(api: EtcdApi): readonly RpcMethod[] {
  const methods = [
    ...kvMethods(api),
    watchMethod(api),
    ...leaseMethods(api),
    keepAliveMethod(api),
    ...clusterMethods(api),
    ...maintenanceMethods(api),
    ...authMethods(api.auth),
    ...lockMethods(api).map(unmapped),
    ...electionMethods(api).map(unmapped),
    ...healthMethods(),
  ];
  return [...methods, ...reflectionMethods(methods)];
}
