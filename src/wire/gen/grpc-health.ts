// Made by scripts/generate-codecs.mjs from proto/grpc/health.proto. Do not edit.
import { Reader, Writer } from "../protobuf.js";

export const HealthCheckResponseServingStatus = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

export interface HealthCheckRequest {
  service: string;
}
export interface HealthCheckRequestInit {
  readonly service?: string | undefined;
}
export const HealthCheckRequest = {
  encode(m: HealthCheckRequestInit, w: Writer = Writer.create()): Writer {
    if (m.service) w.uint32(10).string(m.service);
    return w;
  },
  decode(r: Reader, end: number = r.len): HealthCheckRequest {
    const m: HealthCheckRequest = { service: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.service = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("HealthCheckRequest runs past its end");
    return m;
  },
  bytes(m: HealthCheckRequestInit): Uint8Array {
    return HealthCheckRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): HealthCheckRequest {
    return HealthCheckRequest.decode(Reader.create(bytes));
  },
};

export interface HealthCheckResponse {
  status: number;
}
export interface HealthCheckResponseInit {
  readonly status?: number | undefined;
}
export const HealthCheckResponse = {
  encode(m: HealthCheckResponseInit, w: Writer = Writer.create()): Writer {
    if (m.status) w.uint32(8).int32(m.status);
    return w;
  },
  decode(r: Reader, end: number = r.len): HealthCheckResponse {
    const m: HealthCheckResponse = { status: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.status = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("HealthCheckResponse runs past its end");
    return m;
  },
  bytes(m: HealthCheckResponseInit): Uint8Array {
    return HealthCheckResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): HealthCheckResponse {
    return HealthCheckResponse.decode(Reader.create(bytes));
  },
};

export const HealthService = {
  check: { path: "/grpc.health.v1.Health/Check", request: HealthCheckRequest, response: HealthCheckResponse, requestStream: false, responseStream: false },
  watch: { path: "/grpc.health.v1.Health/Watch", request: HealthCheckRequest, response: HealthCheckResponse, requestStream: false, responseStream: true },
} as const;
