import { HealthCheckResponseServingStatus, HealthService } from "../../wire/gen/grpc-health.js";
import { GRPC } from "../api/index.js";
import type { RpcMethod } from "./method.js";
import { streamed, unary } from "./services.js";
import { RpcError } from "./status.js";

const SERVING = { status: HealthCheckResponseServingStatus.SERVING };

function check(service: string): typeof SERVING {
  // etcd registers the empty name alone.
  if (service !== "") throw new RpcError(GRPC.notFound, "unknown service");
  return SERVING;
}

/** grpc.health.v1: serving from the moment that anything answers. */
export function healthMethods(): readonly RpcMethod[] {
  return [
    unary(HealthService.check, async (_context, m) => check(m.service)),
    streamed(HealthService.watch, async function* (context, m) {
      yield check(m.service);
      await new Promise<void>((resolve) => context.signal?.addEventListener("abort", () => resolve(), { once: true }));
    }),
  ];
}
