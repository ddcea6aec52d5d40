import type { CelType } from "./celtypes.js";
import { type DeclType, objectsIn } from "./decltypes.js";
import type { ConstructedTypes, Environment } from "./types.js";

/** The Kubernetes 1.36 environment with these variables. A DeclType brings the object types below it; name it first (`withName`). */
export function environment(options: {
  readonly variables: Readonly<Record<string, DeclType | CelType>>;
  readonly construct?: ConstructedTypes;
  readonly bind?: boolean;
}): Environment {
  const variables = new Map<string, CelType>();
  const objects = new Map<string, DeclType>();
  for (const [name, type] of Object.entries(options.variables)) {
    if ("minSerializedSize" in type) {
      variables.set(name, type.type);
      objectsIn(type, objects);
    } else {
      variables.set(name, type);
    }
  }
  return { variables, objects, construct: options.construct, bind: options.bind ?? false };
}
