import type { ProtoFile } from "../../wire/gen/descriptors.js";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponseInit,
  ServerReflectionService,
} from "../../wire/gen/grpc-reflection.js";
import { ServerReflectionService as ReflectionAlpha } from "../../wire/gen/grpc-reflection_v1alpha.js";
import { GRPC } from "../api/index.js";
import { answerInOrder } from "./in-order.js";
import { REFLECTIONS_PENDING_MAX } from "./limits.js";
import type { RpcMethod, RpcStream, RpcStreamHandlers } from "./method.js";
import { decodeWith, RpcError } from "./status.js";

/** grpc.reflection: what tools ask for that have no .proto files. etcd itself does not serve it. The descriptors are loaded when somebody
 *  asks: a store that nobody inspects does not pay for them. */
export function reflectionMethods(served: readonly RpcMethod[]): readonly RpcMethod[] {
  const paths = [V1.path, V1ALPHA.path];
  const services = [...new Set([...served.map((m) => m.path), ...paths].map((path) => path.slice(1, path.lastIndexOf("/"))))].sort();
  return paths.map((path) => ({ kind: "bidi", path, open: (_context, stream) => reflect(services, stream) }));
}

const V1 = ServerReflectionService.serverReflectionInfo;
const V1ALPHA = ReflectionAlpha.serverReflectionInfo;

function reflect(services: readonly string[], stream: RpcStream): RpcStreamHandlers {
  const sent = new Set<string>();
  return answerInOrder(stream, {
    pendingMax: REFLECTIONS_PENDING_MAX,
    what: "questions",
    answer: async (bytes) => {
      const asked = decodeWith(V1.request, bytes);
      const { PROTO_FILES } = await import("../../wire/gen/descriptors.js");
      const response = answerTo(asked, { files: PROTO_FILES, services, sent });
      return V1.response.bytes({ validHost: asked.host, originalRequest: asked, ...response });
    },
  });
}

interface Known {
  readonly files: readonly ProtoFile[];
  readonly services: readonly string[];
  /** Files that this stream has: not sent again beside one that was asked for. */
  readonly sent: Set<string>;
}

function answerTo(asked: ServerReflectionRequest, known: Known): ServerReflectionResponseInit {
  if (asked.listServices !== undefined) return { listServicesResponse: { service: known.services.map((name) => ({ name })) } };
  if (asked.fileByFilename !== undefined) {
    const name = asked.fileByFilename;
    return files(
      known.files.find((f) => f.file === name),
      name,
      known,
    );
  }
  if (asked.fileContainingSymbol !== undefined) return files(fileOf(asked.fileContainingSymbol, known), asked.fileContainingSymbol, known);
  if (asked.allExtensionNumbersOfType !== undefined) {
    const baseTypeName = asked.allExtensionNumbersOfType;
    // proto3 has no extensions: a known type has none.
    return fileOf(baseTypeName, known) ? { allExtensionNumbersResponse: { baseTypeName } } : notFound(baseTypeName);
  }
  if (asked.fileContainingExtension !== undefined) return notFound(`extension of ${asked.fileContainingExtension.containingType}`);
  throw new RpcError(GRPC.invalidArgument, "a reflection request without a question");
}

/** The file that defines a type, a service, or something in one of them. */
function fileOf(symbol: string, { files: all }: Known): ProtoFile | undefined {
  return all.find((f) => f.symbols.some((s) => symbol === s || symbol.startsWith(`${s}.`)));
}

function files(file: ProtoFile | undefined, name: string, known: Known): ServerReflectionResponseInit {
  if (file === undefined) return notFound(name);
  known.sent.delete(file.file);
  return { fileDescriptorResponse: { fileDescriptorProto: withDependencies(file, known).map((f) => Buffer.from(f.base64, "base64")) } };
}
function withDependencies(file: ProtoFile, known: Known): ProtoFile[] {
  if (known.sent.has(file.file)) return [];
  known.sent.add(file.file);
  const dependencies = known.files.filter((f) => file.dependencies.includes(f.file));
  return [file, ...dependencies.flatMap((f) => withDependencies(f, known))];
}

const notFound = (what: string): ServerReflectionResponseInit => ({
  errorResponse: { errorCode: GRPC.notFound, errorMessage: `nothing is known of ${what}` },
});
