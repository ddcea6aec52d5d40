#!/usr/bin/env node
// Writes src/wire/gen/*.ts from proto/: an interface, an encoder and a decoder a message over protobufjs's minimal reader and
// writer. 64-bit ids become bigint, other 64-bit fields numbers, byte fields views, unknown fields are skipped.
// `--check` writes nothing and fails when the committed files differ.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";

const ROOT = resolve(import.meta.dirname, "..");
const PROTO = join(ROOT, "proto");
const OUT = join(ROOT, "src/wire/gen");
const ID_FIELDS = /^(cluster_id|member_id|ID|lease|watch_id|memberID|targetID|leader|to_id|from_id|removed_id)$/;
const WIDE = new Set(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);
const SIGNED = new Set(["int64", "sint64"]);
const NARROW = new Set(["int32", "uint32", "sint32", "fixed32", "sfixed32"]);

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join(PROTO, target);
const files = readdirSync(PROTO, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".proto"))
  .sort();
root.loadSync(files, { keepCase: true });
root.resolveAll();

export const camel = (name) =>
  name
    .replace(/_([a-zA-Z0-9])/g, (_, c) => c.toUpperCase())
    .replace(/([A-Z])([A-Z]+)(?=s?$)/g, (_, a, b) => a + b.toLowerCase())
    .replace(/^([A-Z]+)/, (m) => m.toLowerCase());
const flat = (type) => {
  const parts = [type.name];
  for (let p = type.parent; p instanceof protobuf.Type; p = p.parent) parts.unshift(p.name);
  return parts.join("");
};
const moduleOf = (type) =>
  relative(PROTO, type.filename)
    .replace(/\.proto$/, "")
    .replace("/", "-");

function kindOf(field) {
  if (field.resolvedType instanceof protobuf.Enum)
    return { ts: "number", zero: "0", read: "r.int32()", write: "int32", wire: 0, test: (v) => `${v}` };
  if (field.resolvedType) return { message: flat(field.resolvedType), type: field.resolvedType, wire: 2 };
  const t = field.type;
  if (t === "bytes") return { ts: "Bytes", zero: "EMPTY", read: "r.bytes()", write: "bytes", wire: 2, test: (v) => `${v}.length` };
  if (t === "string") return { ts: "string", zero: '""', read: "r.string()", write: "string", wire: 2, test: (v) => v };
  if (t === "bool") return { ts: "boolean", zero: "false", read: "r.bool()", write: "bool", wire: 0, test: (v) => v };
  if (t === "double") return { ts: "number", zero: "0", read: "r.double()", write: "double", wire: 1, test: (v) => v };
  if (NARROW.has(t)) return { ts: "number", zero: "0", read: `r.${t}()`, write: t, wire: t.includes("fixed") ? 5 : 0, test: (v) => v };
  if (!WIDE.has(t)) throw new Error(`no codec for ${t}`);
  const signed = SIGNED.has(t);
  if (ID_FIELDS.test(field.name))
    return {
      ts: "bigint",
      zero: "0n",
      read: signed ? "readInt64(r)" : "readUint64(r)",
      wide: "writeId",
      wire: 0,
      test: (v) => v,
    };
  return {
    ts: "number",
    zero: "0",
    read: signed ? "readSigned(r)" : "readCounter(r)",
    wide: "writeCounter",
    wire: 0,
    test: (v) => v,
  };
}

function generate(file) {
  const name = file.replace(/\.proto$/, "").replace("/", "-");
  const types = [];
  const enums = [];
  const services = [];
  (function walk(ns) {
    for (const item of ns.nestedArray) {
      if (
        item.filename &&
        relative(PROTO, item.filename) !== file &&
        !(item instanceof protobuf.Namespace && !(item instanceof protobuf.Type))
      )
        continue;
      if (item instanceof protobuf.Enum) enums.push(item);
      else if (item instanceof protobuf.Service) services.push(item);
      else if (item instanceof protobuf.Type) {
        if (relative(PROTO, item.filename) === file) types.push(item);
        walk(item);
      } else if (item instanceof protobuf.Namespace) walk(item);
    }
  })(root);
  const mine = (x) => relative(PROTO, x.filename ?? x.parent.filename) === file;
  const out = [];
  const imports = new Map();
  const use = (type, what) => {
    if (mine(type)) return what;
    const from = moduleOf(type);
    if (!imports.has(from)) imports.set(from, new Set());
    imports.get(from).add(what);
    return what;
  };
  for (const e of enums.filter(mine)) {
    out.push(
      `export const ${flat(e)} = { ${Object.entries(e.values)
        .map(([k, v]) => `${k}: ${v}`)
        .join(", ")} } as const;\n`,
    );
  }
  for (const type of types) out.push(messageCode(type, use));
  for (const s of services.filter(mine)) out.push(serviceCode(s, use));
  const head = [
    `// Made by scripts/generate-codecs.mjs from proto/${file}. Do not edit.`,
    `import type { Bytes } from "../../base/index.js";`,
    `import { EMPTY, Reader, readCounter, readInt64, readSigned, readUint64, Writer, writeCounter, writeId } from "../protobuf.js";`,
    ...[...imports].sort().map(([from, names]) => `import { ${[...names].sort().join(", ")} } from "./${from}.js";`),
    "",
  ];
  const body = out.join("\n");
  const usedHead = head
    .map((line) => (line.includes("../protobuf.js") ? pruned(line, body) : line))
    .filter((line) => !(line.includes("type { Bytes }") && !/\bBytes\b/.test(body)));
  return { name, text: `${usedHead.join("\n")}\n${body}` };
}
function pruned(line, body) {
  const names = line
    .match(/\{ (.*) \}/)[1]
    .split(", ")
    .filter((n) => new RegExp(`\\b${n}\\b`).test(body));
  return `import { ${names.join(", ")} } from "../protobuf.js";`;
}

function messageCode(type, use) {
  const T = flat(type);
  const fields = type.fieldsArray.map((f) => ({
    f,
    key: camel(f.name),
    k: kindOf(f),
    one: f.partOf && !f.options?.proto3_optional,
    opt: f.options?.proto3_optional,
  }));
  const tsOf = ({ f, k }, init) => {
    const base = k.message ? use(k.type, k.message) + (init ? "Init" : "") : k.ts;
    if (k.message && init) use(k.type, `type ${k.message}Init`);
    return f.repeated ? `readonly ${base}[]` : base;
  };
  const lines = [];
  lines.push(`export interface ${T} {`);
  for (const x of fields) lines.push(`  ${x.key}: ${tsOf(x)}${!x.f.repeated && (x.k.message || x.one || x.opt) ? " | undefined" : ""};`);
  lines.push("}", `export interface ${T}Init {`);
  for (const x of fields) lines.push(`  readonly ${x.key}?: ${tsOf(x, true)} | undefined;`);
  lines.push("}", `export const ${T} = {`);
  lines.push(`  encode(${fields.length ? "m" : "_m"}: ${T}Init, w: Writer = Writer.create()): Writer {`);
  for (const x of fields) lines.push(...encodeField(x, `m.${x.key}`));
  lines.push("    return w;", "  },", `  decode(r: Reader, end: number = r.len): ${T} {`);
  lines.push(
    `    const m: ${T} = { ${fields.map((x) => `${x.key}: ${x.f.repeated ? "[]" : x.k.message || x.one || x.opt ? "undefined" : x.k.zero}`).join(", ")} };`,
  );
  for (const x of fields.filter((y) => y.f.repeated)) lines.push(`    const ${x.key}: ${tsOf(x).replace("readonly ", "")} = [];`);
  lines.push("    while (r.pos < end) {", "      const tag = r.uint32();", "      switch (tag) {");
  for (const x of fields) lines.push(...decodeField(x, use));
  lines.push("        default:", "          r.skipType(tag & 7);", "      }", "    }");
  lines.push(`    if (r.pos !== end) throw new RangeError("${T} runs past its end");`);
  for (const x of fields.filter((y) => y.f.repeated)) lines.push(`    m.${x.key} = ${x.key};`);
  lines.push("    return m;", "  },");
  lines.push(`  bytes(m: ${T}Init): Uint8Array {`, `    return ${T}.encode(m).finish();`, "  },");
  lines.push(`  from(bytes: Uint8Array): ${T} {`, `    return ${T}.decode(Reader.create(bytes));`, "  },", "};", "");
  return lines.join("\n");
}

function encodeField({ f, k, one, opt }, v) {
  const tag = ((f.id << 3) | (f.repeated && !k.message && k.wire !== 2 ? 2 : k.wire)) >>> 0;
  const put = (x, pad) => {
    if (k.message) return `${pad}${k.message}.encode(${x}, w.uint32(${tag}).fork()).ldelim();`;
    if (k.wide) return `${pad}${k.wide}(w.uint32(${tag}), ${x});`;
    return `${pad}w.uint32(${tag}).${k.write}(${x});`;
  };
  if (f.repeated && !k.message && k.wire !== 2) {
    const item = k.wide ? `${k.wide}(w, x);` : `w.${k.write}(x);`;
    return [
      `    if (${v}?.length) {`,
      `      w.uint32(${tag}).fork();`,
      `      for (const x of ${v}) ${item}`,
      "      w.ldelim();",
      "    }",
    ];
  }
  if (f.repeated) return [`    if (${v}) for (const x of ${v}) ${put("x", "")}`];
  if (k.message || one || opt) return [`    if (${v} !== undefined) ${put(v, "")}`];
  const cond = k.ts === "Bytes" ? `${v}?.length` : k.ts === "string" ? `${v}` : v;
  return [`    if (${cond}) ${put(v, "")}`];
}

function decodeField({ f, key, k }, use) {
  const read = k.message ? `${use(k.type, k.message)}.decode(r, r.uint32() + r.pos)` : k.read;
  const tag = ((f.id << 3) | k.wire) >>> 0;
  const set = f.repeated ? `${key}.push(${read});` : `m.${key} = ${read};`;
  const lines = [`        case ${tag}:`, `          ${set}`, "          break;"];
  if (f.repeated && !k.message && k.wire !== 2) {
    lines.push(
      `        case ${((f.id << 3) | 2) >>> 0}:`,
      `          for (const stop = r.uint32() + r.pos; r.pos < stop; ) ${key}.push(${read});`,
      "          break;",
    );
  }
  return lines;
}

function serviceCode(s, use) {
  const full = s.fullName.replace(/^\./, "");
  const lines = [`export const ${s.name}Service = {`];
  for (const m of s.methodsArray) {
    const req = use(m.resolvedRequestType, flat(m.resolvedRequestType));
    const res = use(m.resolvedResponseType, flat(m.resolvedResponseType));
    lines.push(
      `  ${m.name[0].toLowerCase()}${m.name.slice(1)}: { path: "/${full}/${m.name}", request: ${req}, response: ${res}, requestStream: ${!!m.requestStream}, responseStream: ${!!m.responseStream} },`,
    );
  }
  lines.push("} as const;", "");
  return lines.join("\n");
}

/** What the JSON gateway needs to know of each message: names as in proto/, in field order. */
function jsonTypes() {
  const rows = [];
  const kinds = { bytes: "bytes", string: "string", bool: "bool", double: "number" };
  const kind = (f) => {
    if (f.resolvedType instanceof protobuf.Enum) return `enum:${flat(f.resolvedType)}`;
    if (f.resolvedType) return `message:${flat(f.resolvedType)}`;
    if (WIDE.has(f.type)) return ID_FIELDS.test(f.name) ? "id" : "wide";
    return kinds[f.type] ?? "number";
  };
  const enums = [];
  (function walk(ns) {
    for (const item of ns.nestedArray) {
      if (item instanceof protobuf.Enum) enums.push(`  ${flat(item)}: ${JSON.stringify(Object.keys(item.values))},`);
      else if (item instanceof protobuf.Type && /etcd/.test(relative(PROTO, item.filename))) {
        const fields = item.fieldsArray.map((f) =>
          JSON.stringify([f.name, camel(f.name), kind(f), f.repeated, f.partOf && !f.options?.proto3_optional ? f.partOf.name : ""]),
        );
        rows.push(`  ${flat(item)}: [${fields.join(", ")}],`);
        walk(item);
      } else if (item instanceof protobuf.Namespace && !(item instanceof protobuf.Type)) walk(item);
    }
  })(root);
  return [
    "// Made by scripts/generate-codecs.mjs from proto/. Do not edit.",
    "/** Name in proto/, name in the codec, kind, repeated, oneof (empty for none). */",
    "export type JsonField = readonly [string, string, string, boolean, string];",
    "export const JSON_MESSAGES: Readonly<Record<string, readonly JsonField[]>> = {",
    ...rows,
    "};",
    "export const JSON_ENUMS: Readonly<Record<string, readonly string[]>> = {",
    ...enums,
    "};",
    "",
  ].join("\n");
}

/** Each file of proto/ as the message that gRPC reflection hands out, with the names of what it defines. */
function descriptors() {
  const rows = files.map((file) => {
    const text = readFileSync(join(PROTO, file), "utf8");
    const mine = (x) => x.filename !== undefined && relative(PROTO, x.filename) === file;
    const found = { types: [], services: [], enums: [] };
    (function walk(ns) {
      for (const item of ns.nestedArray) {
        if (item instanceof protobuf.Type) mine(item) && found.types.push(item);
        else if (item instanceof protobuf.Service) mine(item) && found.services.push(item);
        else if (item instanceof protobuf.Enum) mine(item) && found.enums.push(item);
        else walk(item);
      }
    })(root);
    const message = descriptor.FileDescriptorProto.create({
      name: file,
      package: /^package ([\w.]+);/m.exec(text)[1],
      dependency: [...text.matchAll(/^import "([^"]+)";/gm)].map((m) => m[1]),
      messageType: found.types.map((t) => absolute(t.toDescriptor("proto3"), t)),
      enumType: found.enums.map((e) => e.toDescriptor("proto3")),
      service: found.services.map((s) => methodsOf(s)),
      syntax: "proto3",
    });
    const bytes = Buffer.from(descriptor.FileDescriptorProto.encode(message).finish());
    const symbols = [...found.types, ...found.services, ...found.enums].map((x) => x.fullName.slice(1));
    return `  ${JSON.stringify({ file, dependencies: message.dependency, services: found.services.map((s) => s.fullName.slice(1)), symbols, base64: bytes.toString("base64") })},`;
  });
  return [
    "// Made by scripts/generate-codecs.mjs from proto/. Do not edit.",
    "/** `base64` is a serialized FileDescriptorProto; `symbols` are its top-level names. */",
    "export interface ProtoFile {",
    "  readonly file: string;",
    "  readonly dependencies: readonly string[];",
    "  readonly services: readonly string[];",
    "  readonly symbols: readonly string[];",
    "  readonly base64: string;",
    "}",
    "export const PROTO_FILES: readonly ProtoFile[] = [",
    ...rows,
    "];",
    "",
  ].join("\n");
}
/** Names of types from the root on: the shortest form is ambiguous where packages share a word. */
function absolute(message, type) {
  for (const field of message.field) {
    const resolved = type.fields[field.name]?.resolvedType;
    if (resolved) field.typeName = resolved.fullName;
  }
  for (const nested of message.nestedType) absolute(nested, type.nested[nested.name]);
  return message;
}
function methodsOf(service) {
  const message = service.toDescriptor("proto3");
  for (const method of message.method) {
    const { resolvedRequestType, resolvedResponseType } = service.methods[method.name];
    method.inputType = resolvedRequestType.fullName;
    method.outputType = resolvedResponseType.fullName;
  }
  return message;
}

const WHOLE = { json: jsonTypes, descriptors };

mkdirSync(OUT, { recursive: true });
let stale = 0;
for (const file of [...files, ...Object.keys(WHOLE)]) {
  const { name, text } = file in WHOLE ? { name: file, text: WHOLE[file]() } : generate(file);
  const path = join(OUT, `${name}.ts`);
  if (process.argv.includes("--check")) {
    let old = "";
    try {
      old = readFileSync(path, "utf8");
    } catch {}
    if (old !== text) {
      stale++;
      console.error(`${relative(ROOT, path)} is not what proto/${file} gives: npm run generate`);
    }
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
