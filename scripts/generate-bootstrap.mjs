#!/usr/bin/env node
// Writes src/apiserver/bootstrap/objects.ts from the objects that a fresh Kubernetes apiserver makes by itself.
// node scripts/generate-bootstrap.mjs BOOTSTRAP.json
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const OUT = join(resolve(import.meta.dirname, ".."), "src/apiserver/bootstrap/objects.ts");
const KINDS = [
  "clusterroles",
  "clusterrolebindings",
  "roles",
  "rolebindings",
  "priorityclasses",
  "flowschemas",
  "prioritylevelconfigurations",
  "servicecidrs",
  "apiservices",
];
const all = JSON.parse(readFileSync(process.argv[2], "utf8"));
const objects = KINDS.flatMap((kind) => all[kind].map(bare));

/** Without what every server decides for itself. */
function bare({ status: _, ...object }) {
  const { generation: _g, ...metadata } = object.metadata;
  return { ...object, metadata };
}
const lines = objects.map((o) => `  ${JSON.stringify(JSON.stringify(o))},`);
writeFileSync(
  OUT,
  `// Made by scripts/generate-bootstrap.mjs: objects of a fresh Kubernetes apiserver, one a line.
/** Texts, so that a start parses them and the program does not carry them as code. */
export const BOOTSTRAP_OBJECTS: readonly string[] = [\n${lines.join("\n")}\n];\n`,
);
