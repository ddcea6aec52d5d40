import { additionalNode, type Structural } from "../../../kube/schema/index.js";

/** A path of fields into a schema: ".spec.color", ".spec['a.b']". */
export type FieldPath =
  | { readonly kind: "path"; readonly steps: readonly { readonly name: string; readonly isKey: boolean }[]; readonly node: Structural }
  | { readonly kind: "problem"; readonly text: string };

const TOKENS = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+|'/g;
const problem = (text: string): FieldPath => ({ kind: "problem", text });

export function fieldPath(text: string, schema: Structural, options: { readonly brackets: boolean }): FieldPath {
  const tokens = text.match(TOKENS) ?? [];
  const steps: { name: string; isKey: boolean }[] = [];
  let node = schema;
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] as string;
    let name = tokens[i + 1];
    if (token === "[") {
      if (!options.brackets) return problem("array notation is not allowed");
      if (name === undefined) return problem("unexpected end of JSON path");
      if (name.length < 2 || !name.startsWith("'") || !name.endsWith("'")) return problem(`expected single quoted string but got ${name}`);
      const plain = unescaped(name.slice(1, -1));
      if (plain === undefined) return problem("invalid string literal: invalid escape char");
      name = plain;
    } else if (token !== ".") return problem(`expected [ or . but got: ${token}`);
    if (name === undefined) return problem("unexpected end of JSON path");
    const next = stepInto(node, name);
    if (next === undefined) return problem("does not refer to a valid field");
    if (token === "[" && tokens[i + 2] === undefined) return problem("unexpected end of JSON path");
    if (token === "[" && tokens[i + 2] !== "]") return problem(`expected ] but got ${tokens[i + 2]}`);
    steps.push({ name, isKey: next.isKey });
    node = next.node;
    i += token === "[" ? 3 : 2;
  }
  return { kind: "path", steps, node };
}
function stepInto(node: Structural, name: string): { readonly node: Structural; readonly isKey: boolean } | undefined {
  if (node.properties.size > 0) {
    const property = node.properties.get(name);
    return property && { node: property, isKey: false };
  }
  const rest = additionalNode(node);
  return rest && { node: rest, isKey: true };
}
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};
function unescaped(text: string): string | undefined {
  let bad = false;
  const plain = text.replace(/\\(.)/g, (_, c: string) => {
    if (ESCAPES[c] === undefined) bad = true;
    return ESCAPES[c] ?? "";
  });
  return bad ? undefined : plain;
}

/** As errors write it behind a place: "spec.color", "labels[a]". */
export function stepsText(steps: readonly { readonly name: string; readonly isKey: boolean }[]): string {
  let text = "";
  for (const { name, isKey } of steps) text += isKey ? `[${name}]` : text === "" ? name : `.${name}`;
  return text;
}
