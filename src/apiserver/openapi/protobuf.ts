import { isObject, type Json, type JsonObject } from "../../kube/meta/index.js";
import { Writer } from "../../wire/index.js";

/**
 * The protobuf form of both versions' documents (gnostic's openapi.v2 and openapi.v3 Document), written from the JSON form by tables.
 * A message is its fields by JSON key; what no field names and begins with x- goes to the extensions.
 */
type Write = (w: Writer, field: number, value: Json) => void;
interface Message {
  readonly fields: Readonly<Record<string, readonly [number, Write]>>;
  /** NamedAny, repeated. */
  readonly extensions?: number;
}

const tag = (field: number, wire: 0 | 2): number => field * 8 + wire;
function nested(w: Writer, field: number, write: () => void): void {
  w.uint32(tag(field, 2)).fork();
  write();
  w.ldelim();
}

const text: Write = (w, field, value) => {
  if (value !== "") w.uint32(tag(field, 2)).string(String(value));
};
const bool: Write = (w, field, value) => {
  if (value === true) w.uint32(tag(field, 0)).bool(true);
};
/** In a oneof a false is written too. */
const either: Write = (w, field, value) => {
  w.uint32(tag(field, 0)).bool(value === true);
};
const texts: Write = (w, field, value) => {
  for (const one of listOf(value)) w.uint32(tag(field, 2)).string(String(one));
};
/** Any {2: YAML text}; JSON is YAML. */
const any: Write = (w, field, value) => nested(w, field, () => w.uint32(tag(2, 2)).string(`${JSON.stringify(value)}\n`));
const list =
  (one: Write): Write =>
  (w, field, value) => {
    for (const item of listOf(value)) one(w, field, item);
  };
/** Named {1: key, 2: value}, repeated, straight in the message. */
const named =
  (one: Write): Write =>
  (w, field, value) => {
    for (const [key, item] of entries(value)) {
      nested(w, field, () => {
        text(w, 1, key);
        one(w, 2, item);
      });
    }
  };
/** A message with nothing but such a list. */
const map =
  (one: Write): Write =>
  (w, field, value) =>
    nested(w, field, () => named(one)(w, 1, value));
const message =
  (of: () => Message): Write =>
  (w, field, value) =>
    nested(w, field, () => writeMessage(w, of(), value));
/** A oneof that is a message of its own; `choose` says which member a value is. */
const oneOf =
  (choose: (value: Json) => readonly [number, Write]): Write =>
  (w, field, value) =>
    nested(w, field, () => {
      const [member, write] = choose(value);
      write(w, member, value);
    });

const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);
const entries = (value: Json): readonly (readonly [string, Json])[] => (isObject(value) ? Object.entries(value) : []);
const isReference = (value: Json): boolean => isObject(value) && value["$ref"] !== undefined;

function writeMessage(w: Writer, { fields, extensions }: Message, value: Json): void {
  const extra: JsonObject = {};
  for (const [key, item] of entries(value)) {
    const known = fields[key];
    if (known) known[1](w, known[0], item);
    else extra[key] = item;
  }
  if (extensions !== undefined) named(any)(w, extensions, extra);
}

const info = (version: number, extensions: number): Message => ({ fields: { title: [1, text], version: [version, text] }, extensions });

// ---------------------------------------------------------------- version 2

const schemaV2: Message = {
  fields: {
    $ref: [1, text],
    format: [2, text],
    description: [4, text],
    default: [5, any],
    uniqueItems: [16, bool],
    required: [19, texts],
    enum: [20, list(any)],
    additionalProperties: [21, oneOf((v) => (typeof v === "boolean" ? [2, either] : [1, message(() => schemaV2)]))],
    // TypeItem and ItemsItem: a list in a message.
    type: [22, (w, field, value) => nested(w, field, () => texts(w, 1, value))],
    items: [23, (w, field, value) => nested(w, field, () => list(message(() => schemaV2))(w, 1, value))],
    allOf: [24, list(message(() => schemaV2))],
    properties: [25, map(message(() => schemaV2))],
  },
  extensions: 31,
};
const schema2 = message(() => schemaV2);
const bodyParameter: Message = {
  fields: { description: [1, text], name: [2, text], in: [3, text], required: [4, bool], schema: [5, schema2] },
  extensions: 6,
};
const parameterFields = { required: [1, bool], in: [2, text], description: [3, text], name: [4, text] } as const;
const queryParameter: Message = { fields: { ...parameterFields, type: [6, text], uniqueItems: [20, bool] }, extensions: 23 };
const pathParameter: Message = { fields: { ...parameterFields, type: [5, text], uniqueItems: [19, bool] }, extensions: 22 };
const locationOf = (value: Json): Json | undefined => (isObject(value) ? value["in"] : undefined);
const nonBody = oneOf((v) => (locationOf(v) === "path" ? [4, message(() => pathParameter)] : [3, message(() => queryParameter)]));
const parameterV2 = oneOf((v) => (locationOf(v) === "body" ? [1, message(() => bodyParameter)] : [2, nonBody]));
const jsonReference: Message = { fields: { $ref: [1, text], description: [2, text] } };
const parameterItem = oneOf((v) => (isReference(v) ? [2, message(() => jsonReference)] : [1, parameterV2]));
const responseV2: Message = { fields: { description: [1, text], schema: [2, oneOf(() => [1, schema2])] }, extensions: 5 };
const operationV2: Message = {
  fields: {
    tags: [1, texts],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    produces: [6, texts],
    consumes: [7, texts],
    parameters: [8, list(parameterItem)],
    responses: [9, map(oneOf(() => [1, message(() => responseV2)]))],
    schemes: [10, texts],
    deprecated: [11, bool],
  },
  extensions: 13,
};
const operation2 = message(() => operationV2);
const pathItemV2: Message = {
  fields: {
    get: [2, operation2],
    put: [3, operation2],
    post: [4, operation2],
    delete: [5, operation2],
    options: [6, operation2],
    head: [7, operation2],
    patch: [8, operation2],
    parameters: [9, list(parameterItem)],
  },
  extensions: 10,
};
const securityV2: Message = { fields: { type: [1, text], name: [2, text], in: [3, text], description: [4, text] }, extensions: 5 };
const requirement: Write = map((w, field, value) => nested(w, field, () => texts(w, 1, value)));
const documentV2: Message = {
  fields: {
    swagger: [1, text],
    info: [2, message(() => info(2, 7))],
    paths: [8, (w, field, value) => nested(w, field, () => named(message(() => pathItemV2))(w, 2, value))],
    definitions: [9, map(schema2)],
    parameters: [10, map(parameterV2)],
    security: [12, list(requirement)],
    securityDefinitions: [13, map(oneOf(() => [2, message(() => securityV2)]))],
  },
  extensions: 16,
};

// ---------------------------------------------------------------- version 3

const referenceV3: Message = { fields: { $ref: [1, text], description: [3, text] } };
const orReference = (other: () => Message): Write => oneOf((v) => (isReference(v) ? [2, message(() => referenceV3)] : [1, message(other)]));
const schema3 = orReference(() => schemaV3);
/** DefaultType {number | boolean | string}: other defaults have no form and are left out. */
const defaultV3: Write = (w, field, value) => {
  if (typeof value === "number") nested(w, field, () => w.uint32(9).double(value));
  else if (typeof value === "boolean") nested(w, field, () => either(w, 2, value));
  else if (typeof value === "string") nested(w, field, () => w.uint32(tag(3, 2)).string(value));
};
const schemaV3: Message = {
  fields: {
    nullable: [1, bool],
    uniqueItems: [20, bool],
    required: [23, texts],
    enum: [24, list(any)],
    type: [25, text],
    allOf: [26, list(schema3)],
    oneOf: [27, list(schema3)],
    anyOf: [28, list(schema3)],
    items: [30, (w, field, value) => nested(w, field, () => list(schema3)(w, 1, value))],
    properties: [31, map(schema3)],
    additionalProperties: [32, oneOf((v) => (typeof v === "boolean" ? [2, either] : [1, schema3]))],
    default: [33, defaultV3],
    description: [34, text],
    format: [35, text],
  },
  extensions: 36,
};
const mediaTypes: Write = map(message(() => ({ fields: { schema: [1, schema3] }, extensions: 5 })));
const parameterV3 = orReference(() => ({
  fields: { name: [1, text], in: [2, text], description: [3, text], required: [4, bool], schema: [10, schema3] },
  extensions: 14,
}));
const responseV3 = orReference(() => ({ fields: { description: [1, text], content: [3, mediaTypes] }, extensions: 5 }));
const operationV3: Message = {
  fields: {
    tags: [1, texts],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    parameters: [6, list(parameterV3)],
    requestBody: [
      7,
      orReference(() => ({ fields: { description: [1, text], content: [2, mediaTypes], required: [3, bool] }, extensions: 4 })),
    ],
    responses: [8, (w, field, value) => nested(w, field, () => named(responseV3)(w, 2, value))],
    deprecated: [10, bool],
  },
  extensions: 13,
};
const operation3 = message(() => operationV3);
const pathItemV3: Message = {
  fields: {
    get: [4, operation3],
    put: [5, operation3],
    post: [6, operation3],
    delete: [7, operation3],
    options: [8, operation3],
    head: [9, operation3],
    patch: [10, operation3],
    parameters: [13, list(parameterV3)],
  },
  extensions: 14,
};
const securityV3 = orReference(() => ({
  fields: { type: [1, text], description: [2, text], name: [3, text], in: [4, text] },
  extensions: 9,
}));
const components: Message = { fields: { schemas: [1, map(schema3)], securitySchemes: [7, map(securityV3)] }, extensions: 10 };
const documentV3: Message = {
  fields: {
    openapi: [1, text],
    info: [2, message(() => info(6, 7))],
    paths: [4, (w, field, value) => nested(w, field, () => named(message(() => pathItemV3))(w, 1, value))],
    components: [5, message(() => components)],
  },
  extensions: 9,
};

export function encodeDocument(document: JsonObject, dialect: 2 | 3): Uint8Array {
  const w = Writer.create();
  writeMessage(w, dialect === 2 ? documentV2 : documentV3, document);
  return w.finish();
}
