import {
  AUTHORIZER,
  BOOL_DECL,
  type CelType,
  type ConstructedTypes,
  celTypes,
  type DeclType,
  DYN_DECL,
  field,
  INT_DECL,
  listDecl,
  mapDecl,
  objectDecl,
  RESOURCE_CHECK,
  STRING_DECL,
  scalar,
  TIMESTAMP_DECL,
} from "../cel/index.js";

/** Sizes are not known: nobody estimates these expressions. */
const UNBOUNDED = -1;
const texts = listDecl(STRING_DECL, UNBOUNDED);
const object = (name: string, fields: Readonly<Record<string, DeclType>>): DeclType =>
  objectDecl(
    `kubernetes.${name}`,
    Object.entries(fields).map(([key, type]) => field(key, type, true)),
  );

const KIND = object("GroupVersionKind", { group: STRING_DECL, version: STRING_DECL, kind: STRING_DECL });
const RESOURCE = object("GroupVersionResource", { group: STRING_DECL, version: STRING_DECL, resource: STRING_DECL });
/** The variable `request`: what admission says of a write, but for its objects. */
export const REQUEST: DeclType = object("AdmissionRequest", {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING_DECL,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING_DECL,
  name: STRING_DECL,
  namespace: STRING_DECL,
  operation: STRING_DECL,
  userInfo: object("UserInfo", { username: STRING_DECL, uid: STRING_DECL, groups: texts, extra: mapDecl(texts, UNBOUNDED) }),
  dryRun: BOOL_DECL,
  options: DYN_DECL,
});

const textMap = mapDecl(STRING_DECL, UNBOUNDED);
const CONDITION = object("NamespaceCondition", {
  status: STRING_DECL,
  type: STRING_DECL,
  lastTransitionTime: TIMESTAMP_DECL,
  message: STRING_DECL,
  reason: STRING_DECL,
});
/** The variable `namespaceObject`. "UID" is spelled so in the original, where no object has it. */
export const NAMESPACE: DeclType = object("Namespace", {
  metadata: object("NamespaceMetadata", {
    name: STRING_DECL,
    generateName: STRING_DECL,
    namespace: STRING_DECL,
    labels: textMap,
    annotations: textMap,
    UID: STRING_DECL,
    creationTimestamp: TIMESTAMP_DECL,
    deletionGracePeriodSeconds: INT_DECL,
    deletionTimestamp: TIMESTAMP_DECL,
    generation: INT_DECL,
    resourceVersion: STRING_DECL,
    finalizers: texts,
  }),
  spec: object("NamespaceSpec", { finalizers: texts }),
  status: object("NamespaceStatus", { conditions: listDecl(CONDITION, UNBOUNDED), phase: STRING_DECL }),
});

export const AUTHORIZERS: Readonly<Record<string, CelType>> = { authorizer: AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK };

/** What mutations write: Object, Object.spec... with any fields, and JSONPatch. */
const OBJECT: CelType = celTypes.objectType("Object");
const JSON_PATCH: CelType = celTypes.objectType("JSONPatch");
/** The types that expressions of each sort may have. */
export const RETURNS = {
  condition: [celTypes.BOOL],
  validation: [celTypes.BOOL],
  message: [celTypes.STRING],
  annotation: [celTypes.STRING, celTypes.NULL],
  applyConfiguration: [OBJECT],
  jsonPatch: [celTypes.listOf(JSON_PATCH)],
} as const satisfies Record<string, readonly CelType[]>;
const TEXT_FIELDS = new Set(["op", "from", "path"]);
const isPatchType = (name: string): boolean => name === "JSONPatch" || name === "Object" || name.startsWith("Object.");
/** JSONPatch has no other fields; the original gives them a type without a name, which no value has. */
const NO_TYPE = celTypes.objectType("");
export const PATCH_TYPES: ConstructedTypes = {
  isType: isPatchType,
  fieldType: (name, key) => {
    if (!isPatchType(name)) return undefined;
    if (name !== "JSONPatch" || key === "value") return celTypes.DYN;
    return TEXT_FIELDS.has(key) ? celTypes.STRING : NO_TYPE;
  },
};

const SIMPLE: ReadonlySet<CelType["kind"]> = new Set([
  "any",
  "bool",
  "bytes",
  "double",
  "duration",
  "int",
  "null",
  "string",
  "timestamp",
  "uint",
]);
/** The type of a policy's variable as later expressions see it: structs and library types are not known further. */
export function variableType(type: CelType): DeclType {
  if (SIMPLE.has(type.kind)) return scalar(type, { min: 0 });
  if (type.kind === "list") return listDecl(variableType(type.elem), UNBOUNDED);
  if (type.kind === "map") return mapDecl(variableType(type.value), UNBOUNDED, variableType(type.key));
  return DYN_DECL;
}
