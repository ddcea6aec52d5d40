// Made by scripts/generate-codecs.mjs from proto/grpc/reflection.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { Reader, Writer } from "../protobuf.js";

export interface ServerReflectionRequest {
  host: string;
  fileByFilename: string | undefined;
  fileContainingSymbol: string | undefined;
  fileContainingExtension: ExtensionRequest | undefined;
  allExtensionNumbersOfType: string | undefined;
  listServices: string | undefined;
}
export interface ServerReflectionRequestInit {
  readonly host?: string | undefined;
  readonly fileByFilename?: string | undefined;
  readonly fileContainingSymbol?: string | undefined;
  readonly fileContainingExtension?: ExtensionRequestInit | undefined;
  readonly allExtensionNumbersOfType?: string | undefined;
  readonly listServices?: string | undefined;
}
export const ServerReflectionRequest = {
  encode(m: ServerReflectionRequestInit, w: Writer = Writer.create()): Writer {
    if (m.host) w.uint32(10).string(m.host);
    if (m.fileByFilename !== undefined) w.uint32(26).string(m.fileByFilename);
    if (m.fileContainingSymbol !== undefined) w.uint32(34).string(m.fileContainingSymbol);
    if (m.fileContainingExtension !== undefined) ExtensionRequest.encode(m.fileContainingExtension, w.uint32(42).fork()).ldelim();
    if (m.allExtensionNumbersOfType !== undefined) w.uint32(50).string(m.allExtensionNumbersOfType);
    if (m.listServices !== undefined) w.uint32(58).string(m.listServices);
    return w;
  },
  decode(r: Reader, end: number = r.len): ServerReflectionRequest {
    const m: ServerReflectionRequest = { host: "", fileByFilename: undefined, fileContainingSymbol: undefined, fileContainingExtension: undefined, allExtensionNumbersOfType: undefined, listServices: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.host = r.string();
          break;
        case 26:
          m.fileByFilename = r.string();
          break;
        case 34:
          m.fileContainingSymbol = r.string();
          break;
        case 42:
          m.fileContainingExtension = ExtensionRequest.decode(r, r.uint32() + r.pos);
          break;
        case 50:
          m.allExtensionNumbersOfType = r.string();
          break;
        case 58:
          m.listServices = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ServerReflectionRequest runs past its end");
    return m;
  },
  bytes(m: ServerReflectionRequestInit): Uint8Array {
    return ServerReflectionRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): ServerReflectionRequest {
    return ServerReflectionRequest.decode(Reader.create(bytes));
  },
};

export interface ExtensionRequest {
  containingType: string;
  extensionNumber: number;
}
export interface ExtensionRequestInit {
  readonly containingType?: string | undefined;
  readonly extensionNumber?: number | undefined;
}
export const ExtensionRequest = {
  encode(m: ExtensionRequestInit, w: Writer = Writer.create()): Writer {
    if (m.containingType) w.uint32(10).string(m.containingType);
    if (m.extensionNumber) w.uint32(16).int32(m.extensionNumber);
    return w;
  },
  decode(r: Reader, end: number = r.len): ExtensionRequest {
    const m: ExtensionRequest = { containingType: "", extensionNumber: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containingType = r.string();
          break;
        case 16:
          m.extensionNumber = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ExtensionRequest runs past its end");
    return m;
  },
  bytes(m: ExtensionRequestInit): Uint8Array {
    return ExtensionRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): ExtensionRequest {
    return ExtensionRequest.decode(Reader.create(bytes));
  },
};

export interface ServerReflectionResponse {
  validHost: string;
  originalRequest: ServerReflectionRequest | undefined;
  fileDescriptorResponse: FileDescriptorResponse | undefined;
  allExtensionNumbersResponse: ExtensionNumberResponse | undefined;
  listServicesResponse: ListServiceResponse | undefined;
  errorResponse: ErrorResponse | undefined;
}
export interface ServerReflectionResponseInit {
  readonly validHost?: string | undefined;
  readonly originalRequest?: ServerReflectionRequestInit | undefined;
  readonly fileDescriptorResponse?: FileDescriptorResponseInit | undefined;
  readonly allExtensionNumbersResponse?: ExtensionNumberResponseInit | undefined;
  readonly listServicesResponse?: ListServiceResponseInit | undefined;
  readonly errorResponse?: ErrorResponseInit | undefined;
}
export const ServerReflectionResponse = {
  encode(m: ServerReflectionResponseInit, w: Writer = Writer.create()): Writer {
    if (m.validHost) w.uint32(10).string(m.validHost);
    if (m.originalRequest !== undefined) ServerReflectionRequest.encode(m.originalRequest, w.uint32(18).fork()).ldelim();
    if (m.fileDescriptorResponse !== undefined) FileDescriptorResponse.encode(m.fileDescriptorResponse, w.uint32(34).fork()).ldelim();
    if (m.allExtensionNumbersResponse !== undefined) ExtensionNumberResponse.encode(m.allExtensionNumbersResponse, w.uint32(42).fork()).ldelim();
    if (m.listServicesResponse !== undefined) ListServiceResponse.encode(m.listServicesResponse, w.uint32(50).fork()).ldelim();
    if (m.errorResponse !== undefined) ErrorResponse.encode(m.errorResponse, w.uint32(58).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): ServerReflectionResponse {
    const m: ServerReflectionResponse = { validHost: "", originalRequest: undefined, fileDescriptorResponse: undefined, allExtensionNumbersResponse: undefined, listServicesResponse: undefined, errorResponse: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.validHost = r.string();
          break;
        case 18:
          m.originalRequest = ServerReflectionRequest.decode(r, r.uint32() + r.pos);
          break;
        case 34:
          m.fileDescriptorResponse = FileDescriptorResponse.decode(r, r.uint32() + r.pos);
          break;
        case 42:
          m.allExtensionNumbersResponse = ExtensionNumberResponse.decode(r, r.uint32() + r.pos);
          break;
        case 50:
          m.listServicesResponse = ListServiceResponse.decode(r, r.uint32() + r.pos);
          break;
        case 58:
          m.errorResponse = ErrorResponse.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ServerReflectionResponse runs past its end");
    return m;
  },
  bytes(m: ServerReflectionResponseInit): Uint8Array {
    return ServerReflectionResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ServerReflectionResponse {
    return ServerReflectionResponse.decode(Reader.create(bytes));
  },
};

export interface FileDescriptorResponse {
  fileDescriptorProto: readonly Bytes[];
}
export interface FileDescriptorResponseInit {
  readonly fileDescriptorProto?: readonly Bytes[] | undefined;
}
export const FileDescriptorResponse = {
  encode(m: FileDescriptorResponseInit, w: Writer = Writer.create()): Writer {
    if (m.fileDescriptorProto) for (const x of m.fileDescriptorProto) w.uint32(10).bytes(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): FileDescriptorResponse {
    const m: FileDescriptorResponse = { fileDescriptorProto: [] };
    const fileDescriptorProto: Bytes[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          fileDescriptorProto.push(r.bytes());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("FileDescriptorResponse runs past its end");
    m.fileDescriptorProto = fileDescriptorProto;
    return m;
  },
  bytes(m: FileDescriptorResponseInit): Uint8Array {
    return FileDescriptorResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): FileDescriptorResponse {
    return FileDescriptorResponse.decode(Reader.create(bytes));
  },
};

export interface ExtensionNumberResponse {
  baseTypeName: string;
  extensionNumber: readonly number[];
}
export interface ExtensionNumberResponseInit {
  readonly baseTypeName?: string | undefined;
  readonly extensionNumber?: readonly number[] | undefined;
}
export const ExtensionNumberResponse = {
  encode(m: ExtensionNumberResponseInit, w: Writer = Writer.create()): Writer {
    if (m.baseTypeName) w.uint32(10).string(m.baseTypeName);
    if (m.extensionNumber?.length) {
      w.uint32(18).fork();
      for (const x of m.extensionNumber) w.int32(x);
      w.ldelim();
    }
    return w;
  },
  decode(r: Reader, end: number = r.len): ExtensionNumberResponse {
    const m: ExtensionNumberResponse = { baseTypeName: "", extensionNumber: [] };
    const extensionNumber: number[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.baseTypeName = r.string();
          break;
        case 16:
          extensionNumber.push(r.int32());
          break;
        case 18:
          for (const stop = r.uint32() + r.pos; r.pos < stop; ) extensionNumber.push(r.int32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ExtensionNumberResponse runs past its end");
    m.extensionNumber = extensionNumber;
    return m;
  },
  bytes(m: ExtensionNumberResponseInit): Uint8Array {
    return ExtensionNumberResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ExtensionNumberResponse {
    return ExtensionNumberResponse.decode(Reader.create(bytes));
  },
};

export interface ListServiceResponse {
  service: readonly ServiceResponse[];
}
export interface ListServiceResponseInit {
  readonly service?: readonly ServiceResponseInit[] | undefined;
}
export const ListServiceResponse = {
  encode(m: ListServiceResponseInit, w: Writer = Writer.create()): Writer {
    if (m.service) for (const x of m.service) ServiceResponse.encode(x, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): ListServiceResponse {
    const m: ListServiceResponse = { service: [] };
    const service: ServiceResponse[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          service.push(ServiceResponse.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ListServiceResponse runs past its end");
    m.service = service;
    return m;
  },
  bytes(m: ListServiceResponseInit): Uint8Array {
    return ListServiceResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ListServiceResponse {
    return ListServiceResponse.decode(Reader.create(bytes));
  },
};

export interface ServiceResponse {
  name: string;
}
export interface ServiceResponseInit {
  readonly name?: string | undefined;
}
export const ServiceResponse = {
  encode(m: ServiceResponseInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  decode(r: Reader, end: number = r.len): ServiceResponse {
    const m: ServiceResponse = { name: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ServiceResponse runs past its end");
    return m;
  },
  bytes(m: ServiceResponseInit): Uint8Array {
    return ServiceResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ServiceResponse {
    return ServiceResponse.decode(Reader.create(bytes));
  },
};

export interface ErrorResponse {
  errorCode: number;
  errorMessage: string;
}
export interface ErrorResponseInit {
  readonly errorCode?: number | undefined;
  readonly errorMessage?: string | undefined;
}
export const ErrorResponse = {
  encode(m: ErrorResponseInit, w: Writer = Writer.create()): Writer {
    if (m.errorCode) w.uint32(8).int32(m.errorCode);
    if (m.errorMessage) w.uint32(18).string(m.errorMessage);
    return w;
  },
  decode(r: Reader, end: number = r.len): ErrorResponse {
    const m: ErrorResponse = { errorCode: 0, errorMessage: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.errorCode = r.int32();
          break;
        case 18:
          m.errorMessage = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ErrorResponse runs past its end");
    return m;
  },
  bytes(m: ErrorResponseInit): Uint8Array {
    return ErrorResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ErrorResponse {
    return ErrorResponse.decode(Reader.create(bytes));
  },
};

export const ServerReflectionService = {
  serverReflectionInfo: { path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", request: ServerReflectionRequest, response: ServerReflectionResponse, requestStream: true, responseStream: true },
} as const;
