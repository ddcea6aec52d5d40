import { copyJson, equalJson, type FieldError, invalid, type Json, textOf } from "../../../kube/meta/index.js";
import { coerceEmbedded, DecodeError, prune, type Structural } from "../../../kube/schema/index.js";
import { embeddedErrors } from "../values/embedded.js";
import { fieldErrors } from "../values/result.js";
import { validateValue } from "../values/validator.js";

/** Rules over a default, as if it came with a new object. */
export type DefaultRules = (node: Structural, path: string, value: Json, isRoot: boolean) => readonly FieldError[];

/** Every default must be a value that its own schema takes, with nothing in it that pruning would take away. */
export function defaultErrors(
  root: Structural,
  path: string,
  options: { readonly requirePruned: boolean; readonly rules: DefaultRules },
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const visit = (node: Structural, at: string, insideMeta: boolean, isRoot: boolean): void => {
    const isResource = isRoot || node.isEmbedded;
    const inMeta = insideMeta && !isResource;
    if (node.default !== undefined) errors.push(...(inMeta ? metaErrors(node, at) : plainErrors(node, at, isResource, options)));
    if (node.items) visit(node.items, `${at}.items`, inMeta, false);
    for (const [name, property] of [...node.properties].sort(([a], [b]) => (a < b ? -1 : 1)))
      visit(property, `${at}.properties[${name}]`, inMeta || (isResource && HEADER.has(name)), false);
  };
  visit(root, path, false, true);
  return errors;
}
const HEADER = new Set(["metadata", "apiVersion", "kind"]);

function plainErrors(
  node: Structural,
  at: string,
  isResource: boolean,
  options: { readonly requirePruned: boolean; readonly rules: DefaultRules },
): readonly FieldError[] {
  const value = node.default as Json;
  const seen = isResource && !node.isEmbedded ? { ...node, isEmbedded: true } : node;
  const path = `${at}.default`;
  const errors: FieldError[] = [];
  if (options.requirePruned) {
    const pruned = copyJson(value);
    prune(pruned, node, { isRoot: isResource });
    if (!equalJson(pruned, value)) errors.push(invalid(path, value, "must not have unknown fields"));
  }
  const found = coerceErrors(value, seen, path) ?? embeddedErrors(value, seen, path);
  if (found.length > 0) return [...errors, ...found];
  const wrong = fieldErrors(path, validateValue(node, value, "").problems);
  return [...errors, ...(wrong.length > 0 ? wrong : options.rules(node, path, value, isResource))];
}
function coerceErrors(value: Json, node: Structural, path: string): readonly FieldError[] | undefined {
  try {
    coerceEmbedded(copyJson(value), node, path, { dropInvalid: false, unknown: [] });
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const detail = /: Invalid value: .*?: ([^:]*.*)$/.exec(error.message)?.[1] ?? error.message;
    return [invalid(path, value, detail)];
  }
}
/** Within metadata of an embedded resource. */
function metaErrors(node: Structural, at: string): readonly FieldError[] {
  const wrong = fieldErrors(`${at}.default`, validateValue(node, node.default as Json, "").problems);
  return wrong.map((e) => invalid(`${at}.default`, node.default as Json, `must result in valid metadata: ${textOf(e)}`));
}
