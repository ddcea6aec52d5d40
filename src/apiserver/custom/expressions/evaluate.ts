import {
  type Activation,
  CALL_COST_MAX,
  CelError,
  type CelValue,
  evaluate,
  fromSchema,
  OBJECT_COST_MAX,
  Optional,
  type Program,
} from "../../../kube/cel/index.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalid,
  invalidWithoutValue,
  isObject,
  type Json,
  required,
  textOf,
} from "../../../kube/meta/index.js";
import { additionalNode, type SchemaRule, type Structural } from "../../../kube/schema/index.js";
import { MESSAGE_BYTES_MAX } from "../limits.js";
import { type Correlated, itemsByKey, keyOf } from "../values/correlation.js";
import { below, shown } from "../values/paths.js";
import { type CompiledNode, type CompiledRule, compiledNode } from "./compile.js";

const withRules = new WeakMap<Structural, boolean>();
/** Whether a node or one inside has rules. */
export function hasRules(s: Structural | undefined): boolean {
  if (s === undefined) return false;
  const known = withRules.get(s);
  if (known !== undefined) return known;
  const found = s.rules.length > 0 || hasRules(s.items) || hasRules(additionalNode(s)) || [...s.properties.values()].some(hasRules);
  withRules.set(s, found);
  return found;
}

/** A value that rules are run over, with the one that it came from. */
export interface Subject {
  readonly schema: Structural;
  readonly value: Json;
  readonly old: Json | undefined;
  readonly path: string;
  readonly isResource: boolean;
  /** Where an update left a value alone, its violations are warnings. undefined: nothing is forgiven. */
  readonly correlated: Correlated | undefined;
  warn(text: string): void;
}
/** All rules of a value within one budget. */
export function ruleViolations(subject: Subject): readonly FieldError[] {
  const run = new Run(subject.warn);
  const { schema, value, old, path, isResource, correlated } = subject;
  run.visit(schema, { value, old, path, isResource, current: correlated, nearest: undefined });
  return run.errors;
}

interface At {
  readonly value: Json;
  readonly old: Json | undefined;
  /** "" is the root. */
  readonly path: string;
  readonly isResource: boolean;
  readonly current: Correlated | undefined;
  /** The innermost place around that could be told to be the same one. */
  readonly nearest: Correlated | undefined;
}

class Run {
  readonly errors: FieldError[] = [];
  readonly #warn: (text: string) => void;
  #budget = OBJECT_COST_MAX;
  /** Nothing is run any more: the budget is spent. */
  #over = false;
  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  visit(schema: Structural, at: At): void {
    if (this.#over || at.value === null || !hasRules(schema)) return;
    if (schema.rules.length > 0) this.#node(schema, at);
    if (Array.isArray(at.value)) this.#items(schema, at, at.value);
    else if (isObject(at.value)) this.#members(schema, at, at.value);
  }
  #items(schema: Structural, at: At, list: readonly Json[]): void {
    const { items } = schema;
    if (items === undefined || !hasRules(items)) return;
    const old = itemsByKey(schema, at.old);
    for (const [i, value] of list.entries()) {
      const key = keyOf(schema, value);
      const inner = { value, old: key === undefined ? undefined : old.get(key), path: `${at.path}[${i}]`, isResource: items.isEmbedded };
      this.visit(items, { ...inner, ...(at.current === undefined ? at_(at) : { current: at.current.index(i), nearest: at.current }) });
    }
  }
  #members(schema: Structural, at: At, object: { readonly [key: string]: Json }): void {
    const old = isObject(at.old) ? at.old : undefined;
    const rest = additionalNode(schema);
    for (const key of Object.keys(object)) {
      const property = schema.properties.get(key);
      const node = property ?? rest;
      if (node === undefined || !hasRules(node)) continue;
      const was = old !== undefined && Object.hasOwn(old, key) ? (old[key] as Json) : undefined;
      const path = property === undefined ? `${at.path}[${key}]` : below(at.path, key);
      const inner = { value: object[key] as Json, old: was ?? undefined, path, isResource: node.isEmbedded };
      this.visit(node, { ...inner, ...correlationOf(at, key) });
    }
  }

  #node(schema: Structural, at: At): void {
    const node = compiledNode(schema, at.isResource);
    if (node === "no type") return;
    const activations = activationsOf(node, at);
    for (const compiled of node.rules) {
      if (this.#budget <= 0)
        return this.#stop(
          invalid(
            shown(at.path),
            schema.type,
            "validation failed due to running out of cost budget, no further validation rules will be run",
          ),
        );
      this.#rule(schema, compiled, at, activations);
      if (this.#over) return;
    }
  }
  #stop(error: FieldError): void {
    this.errors.push(error);
    this.#over = true;
  }

  #rule(schema: Structural, compiled: CompiledRule, at: At, activations: Activations): void {
    const { rule, program } = compiled;
    const type = schema.type;
    if (compiled.error !== undefined) return void this.errors.push(invalid(shown(at.path), type, `rule compile error: ${compiled.error}`));
    if (program === undefined) return;
    if (compiled.usesOldSelf && at.old === undefined && rule.optionalOldSelf !== true) return;
    const activation = rule.optionalOldSelf === true ? activations.optional : activations.plain;
    const outcome = evaluate(program, activation, { limit: CALL_COST_MAX });
    if (outcome.cost > this.#budget)
      return this.#stop(
        invalid(shown(at.path), type, "validation failed due to running out of cost budget, no further validation rules will be run"),
      );
    this.#budget -= outcome.cost;
    if (outcome.kind === "error") return this.#failed(outcome, rule, type, at);
    if (outcome.value === true) return;
    this.#violated(schema, compiled, at, activations.plain);
  }
  #failed(outcome: { readonly message: string; readonly costExceeded: boolean }, rule: SchemaRule, type: string, at: At): void {
    const { message } = outcome;
    const name = ruleName(rule);
    if (outcome.costExceeded) {
      const why = `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
      return this.#stop(invalid(shown(at.path), type, why));
    }
    const why = message.startsWith("no such overload")
      ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`
      : `${message} evaluating rule: ${name}`;
    this.errors.push(invalid(shown(at.path), type, why));
  }

  #violated(schema: Structural, compiled: CompiledRule, at: At, activation: Activation): void {
    const path = shown(compiled.at === "" ? at.path : below(at.path, compiled.at));
    const { rule } = compiled;
    const detail = this.#detail(compiled, activation, path, schema.type, at);
    if (detail === undefined) return;
    const omit = schema.type === "object" || schema.type === "array";
    this.#tell(errorFor(rule, path, omit ? undefined : at.value, detail), compiled, at);
  }
  #tell(error: FieldError, compiled: CompiledRule, { current, nearest }: At): void {
    const isForgiven = !compiled.usesOldSelf && (current ?? nearest)?.isUnchanged() === true;
    if (isForgiven) this.#warn(textOf(error));
    else this.errors.push(error);
  }
  /** undefined: the message itself cost too much, and that was told. */
  #detail(compiled: CompiledRule, activation: Activation, path: string, type: string, at: At): string | undefined {
    const { rule, message } = compiled;
    if (message === undefined) return defaultMessage(rule);
    const outcome = this.#message(message, activation, rule);
    if (outcome.kind === "text") return outcome.text ?? defaultMessage(rule);
    this.#tell(outcome.kind === "invalid" ? invalid(path, type, outcome.why) : internalFieldError(path, outcome.why), compiled, at);
    this.#over = true;
    return undefined;
  }
  #message(program: Program, activation: Activation, rule: SchemaRule): MessageOutcome {
    const outcome = evaluate(program, activation, { limit: CALL_COST_MAX });
    if (outcome.cost > this.#budget) {
      const why = "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run";
      return { kind: "invalid", why };
    }
    if (outcome.kind === "error" && outcome.costExceeded) {
      const name = JSON.stringify(rule.messageExpression);
      const why = `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${name}`;
      return { kind: "invalid", why };
    }
    this.#budget -= outcome.cost;
    if (outcome.kind === "error" || typeof outcome.value !== "string") return { kind: "text", text: undefined };
    const text = outcome.value.trim();
    const isFit = text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX;
    return { kind: "text", text: isFit ? text : undefined };
  }
}
type MessageOutcome =
  | { readonly kind: "text"; readonly text: string | undefined }
  | { readonly kind: "invalid" | "internal"; readonly why: string };

const at_ = ({ current, nearest }: At): Pick<At, "current" | "nearest"> => ({ current, nearest });
/** The header is converted, so it is never the same one. */
function correlationOf(at: At, key: string): Pick<At, "current" | "nearest"> {
  if (at.current === undefined) return at_(at);
  if (at.nearest === undefined && (key === "apiVersion" || key === "kind")) return { current: undefined, nearest: undefined };
  return { current: at.current.key(key), nearest: at.current };
}

interface Activations {
  readonly plain: Activation;
  readonly optional: Activation;
}
function activationsOf({ schema }: CompiledNode, { value, old }: At): Activations {
  const self = (): CelValue | CelError => fromSchema(value, schema);
  const oldSelf = (): CelValue | CelError => (old === undefined ? new CelError("no such attribute(s): oldSelf") : fromSchema(old, schema));
  const maybe = (): CelValue | CelError => {
    if (old === undefined) return new Optional(undefined);
    const before = fromSchema(old, schema);
    return before instanceof CelError ? before : new Optional(before);
  };
  return { plain: { self, oldSelf }, optional: { self, oldSelf: maybe } };
}

const ruleName = (rule: SchemaRule): string => (rule.message === "" ? rule.rule : rule.message).trim();
const defaultMessage = (rule: SchemaRule): string => (rule.message === "" ? `failed rule: ${ruleName(rule)}` : rule.message.trim());

/** `value` undefined: it is an object or a list, and not shown. */
function errorFor(rule: SchemaRule, path: string, value: Json | undefined, detail: string): FieldError {
  switch (rule.reason) {
    case "FieldValueForbidden":
      return forbiddenField(path, detail);
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueDuplicate":
      return value === undefined ? { ...duplicate(path, null), value: undefined } : duplicate(path, value);
    default:
      return value === undefined ? invalidWithoutValue(path, detail) : invalid(path, value, detail);
  }
}
