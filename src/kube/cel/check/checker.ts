import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DYN,
  ERROR,
  formatType,
  INT,
  isDyn,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  parameters,
  STRING,
  sameType,
  typeOf,
  UINT,
} from "../celtypes.js";
import { RESERVED } from "../escaping.js";
import type { FunctionRow, Overload } from "../functions.js";
import { FUNCTIONS, MUTATION_FUNCTIONS, TYPE_NAMES } from "../libraries.js";
import { TYPE_PARTS_MAX } from "../limits.js";
import {
  AND,
  type Call,
  type Comprehension,
  type Expr,
  type ListExpr,
  type MapExpr,
  OPT_SELECT,
  OR,
  type Select,
  type Struct,
} from "../parse/ast.js";
import type { Issue } from "../parse/errors.js";
import type { Environment } from "../types.js";
import { type CelValue, Uint } from "../values.js";
import { mostGeneral, Substitution, unwrapOptional } from "./unify.js";

/** What a name or call means. `typeValue`: the name denotes a type. */
export type Reference =
  | { readonly kind: "ident"; readonly name: string; readonly typeValue: boolean }
  | { readonly kind: "function"; readonly row: FunctionRow; readonly overloads: readonly Overload[]; readonly receiver: boolean };

export interface Checked {
  readonly expr: Expr;
  readonly types: ReadonlyMap<Expr, CelType>;
  readonly references: ReadonlyMap<Expr, Reference>;
  readonly issues: readonly Issue[];
}

export function check(expr: Expr, environment: Environment): Checked {
  const checker = new Checker(environment);
  checker.check(expr);
  return { expr, ...checker.finish() };
}

type Scope = { readonly parent: Scope | undefined; readonly names: ReadonlyMap<string, CelType> };

class Checker {
  readonly #environment: Environment;
  readonly #substitution = new Substitution();
  readonly #types = new Map<Expr, CelType>();
  readonly #references = new Map<Expr, Reference>();
  readonly #issues: Issue[] = [];
  #scope: Scope | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  finish(): { types: ReadonlyMap<Expr, CelType>; references: ReadonlyMap<Expr, Reference>; issues: readonly Issue[] } {
    const types = new Map<Expr, CelType>();
    for (const [expr, type] of this.#types) types.set(expr, this.#substitution.apply(type, true));
    return { types, references: this.#references, issues: this.#issues };
  }

  check(expr: Expr): CelType {
    const type = this.#typeOf(expr);
    // Refused by `compile`, as what is nested too deep.
    if (partsOf(type) > TYPE_PARTS_MAX) throw new RangeError("a type is too large");
    this.#types.set(expr, type);
    return type;
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case "literal":
        return literalType(expr.value);
      case "ident":
        return this.#ident(expr, expr.name) ?? this.#undeclared(expr, expr.name);
      case "select":
        return this.#select(expr);
      case "call":
        return expr.fn === OPT_SELECT ? this.#optionalSelect(expr) : this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        return this.#struct(expr);
      case "comprehension":
        return this.#comprehension(expr);
    }
  }

  #report(expr: { readonly at: number }, message: string): CelType {
    this.#issues.push({ at: expr.at, message });
    return ERROR;
  }
  #undeclared(expr: Expr, name: string): CelType {
    return this.#report(expr, `undeclared reference to '${name}' (in container '')`);
  }
  #mismatch(at: { readonly at: number }, expected: CelType, actual: CelType): CelType {
    return this.#report(at, `expected type '${formatType(expected)}' but found '${formatType(actual)}'`);
  }

  /** undefined: no such name. */
  #ident(expr: Expr, name: string): CelType | undefined {
    const local = this.#local(name);
    if (local !== undefined) return this.#refer(expr, name, local);
    const global = name.startsWith(".") ? name.slice(1) : name;
    const variable = this.#environment.variables.get(global);
    // A leading dot stays: a loop variable of the same name must not be read instead.
    if (variable !== undefined) return this.#refer(expr, name, variable);
    const type = TYPE_NAMES.get(global) ?? this.#environment.objects.get(global)?.type;
    if (type === undefined) return undefined;
    this.#references.set(expr, { kind: "ident", name: global, typeValue: true });
    return typeOf(type);
  }
  #refer(expr: Expr, name: string, type: CelType): CelType {
    this.#references.set(expr, { kind: "ident", name, typeValue: false });
    return type;
  }
  #local(name: string): CelType | undefined {
    for (let scope = this.#scope; scope !== undefined; scope = scope.parent) {
      const type = scope.names.get(name);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  /** a.b.c may be the name of a variable. */
  #select(expr: Select): CelType {
    const qualified = expr.test ? undefined : qualifiedName(expr);
    if (qualified !== undefined && this.#local(qualified.split(".")[0] as string) === undefined) {
      const type = this.#ident(expr, qualified);
      if (type !== undefined) return type;
    }
    const type = this.#fieldType(expr, expr.operand, { field: expr.field, optional: false });
    return expr.test ? BOOL : this.#substitution.apply(type);
  }

  #optionalSelect(expr: Call): CelType {
    const [operand, name] = expr.args as [Expr, Expr];
    const field = name.kind === "literal" && typeof name.value === "string" ? name.value : "";
    return this.#substitution.apply(this.#fieldType(expr, operand, { field, optional: true }));
  }

  #fieldType(expr: Expr, operand: Expr, access: { readonly field: string; readonly optional: boolean }): CelType {
    const operandType = this.#substitution.apply(this.check(operand));
    const unwrapped = unwrapOptional(operandType);
    const result = this.#fieldOf(expr, unwrapped ?? operandType, access.field);
    return unwrapped !== undefined || access.optional ? optionalOf(result) : result;
  }

  #fieldOf(expr: Expr, target: CelType, field: string): CelType {
    switch (target.kind) {
      case "map":
        return target.value;
      case "object":
        return this.#objectField(expr, target.name, field);
      case "param":
        this.#substitution.isAssignable(DYN, target);
        return DYN;
      default:
        if (!isDyn(target) && target.kind !== "error") this.#report(expr, `type '${formatType(target)}' does not support field selection`);
        return DYN;
    }
  }

  #objectField(at: { readonly at: number }, name: string, field: string): CelType {
    const object = this.#environment.objects.get(name);
    if (object === undefined && !this.#environment.construct?.isType(name))
      return this.#report(at, `unexpected failed resolution of '${name}'`);
    // A keyword may be written as it is, where the parser lets it through.
    const declared = object?.fields?.get(field) ?? (RESERVED.has(field) ? object?.fields?.get(`__${field}__`) : undefined);
    const type = declared?.type.type ?? this.#environment.construct?.fieldType(name, field);
    return type ?? this.#report(at, `undefined field '${field}'`);
  }

  #call(expr: Call): CelType {
    for (const arg of expr.args) this.check(arg);
    if (expr.target === undefined) {
      const row = this.#function(expr.fn);
      return row === undefined ? this.#undeclared(expr, expr.fn) : this.#resolve(expr, row, undefined);
    }
    const prefix = qualifiedName(expr.target);
    const namespaced = prefix === undefined ? undefined : this.#function(`${prefix}.${expr.fn}`);
    if (namespaced !== undefined) return this.#resolve(expr, namespaced, undefined);
    this.check(expr.target);
    const row = this.#function(expr.fn);
    return row === undefined ? this.#undeclared(expr, expr.fn) : this.#resolve(expr, row, expr.target);
  }

  #function(name: string): FunctionRow | undefined {
    const plain = name.replace(/^\./, "");
    return FUNCTIONS.get(plain) ?? (this.#environment.construct === undefined ? undefined : MUTATION_FUNCTIONS.get(plain));
  }

  #resolve(expr: Call, row: FunctionRow, target: Expr | undefined): CelType {
    const nodes = target === undefined ? expr.args : [target, ...expr.args];
    const args = nodes.map((node) => this.#types.get(node) ?? ERROR);
    if (row.name === AND || row.name === OR) return this.#logical(expr, row, args);
    const matching: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of row.overloads) {
      if (overload.member !== (target !== undefined)) continue;
      const instance = this.#instantiate(overload);
      if (!this.#substitution.areAssignable(args, instance.args)) continue;
      matching.push(overload);
      const type = this.#substitution.apply(instance.result);
      if (result === undefined) result = type;
      else if (!isDyn(result) && !sameType(result, type)) result = DYN;
    }
    if (result === undefined) {
      const shown = args.map((type) => formatType(this.#substitution.apply(type, true)));
      const signature = target === undefined ? `(${shown.join(", ")})` : `${shown[0]}.(${shown.slice(1).join(", ")})`;
      return this.#report(expr, `found no matching overload for '${row.name}' applied to '${signature}'`);
    }
    this.#references.set(expr, { kind: "function", row, overloads: matching, receiver: target !== undefined });
    return result;
  }

  #logical(expr: Call, row: FunctionRow, args: readonly CelType[]): CelType {
    const count = this.#issues.length;
    args.forEach((type, i) => {
      if (!this.#substitution.isAssignable(type, BOOL)) this.#mismatch(expr.args[i] as Expr, BOOL, type);
    });
    if (this.#issues.length > count) return ERROR;
    this.#references.set(expr, { kind: "function", row, overloads: row.overloads, receiver: false });
    return BOOL;
  }

  /** Type parameters of an overload are new with every use of it. */
  #instantiate(overload: Overload): { readonly args: readonly CelType[]; readonly result: CelType } {
    const fresh = new Map<string, CelType>();
    const renew = (type: CelType): CelType => {
      switch (type.kind) {
        case "param": {
          const variable = fresh.get(type.name) ?? this.#substitution.freshVariable();
          fresh.set(type.name, variable);
          return variable;
        }
        case "list":
          return listOf(renew(type.elem));
        case "map":
          return mapOf(renew(type.key), renew(type.value));
        case "opaque":
          return type.params.length === 0 ? type : { ...type, params: type.params.map(renew) };
        case "type":
          return type.of === undefined ? type : typeOf(renew(type.of));
        default:
          return type;
      }
    };
    return { args: overload.args.map(renew), result: renew(overload.result) };
  }

  #list(expr: ListExpr): CelType {
    let elem: CelType | undefined;
    expr.elements.forEach((element, i) => {
      elem = this.#join(elem, this.#maybeOptional(element, expr.optionals.has(i)));
    });
    return listOf(elem ?? this.#substitution.freshVariable());
  }

  #map(expr: MapExpr): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of expr.entries) {
      key = this.#join(key, this.check(entry.key));
      value = this.#join(value, this.#maybeOptional(entry.value, entry.optional));
    }
    return mapOf(key ?? this.#substitution.freshVariable(), value ?? this.#substitution.freshVariable());
  }

  /** `?element` holds an optional of what the aggregate holds. */
  #maybeOptional(expr: Expr, optional: boolean): CelType {
    const type = this.check(expr);
    if (!optional) return type;
    const unwrapped = unwrapOptional(type);
    if (unwrapped === undefined && !isDyn(type)) this.#mismatch(expr, optionalOf(type), type);
    return unwrapped ?? type;
  }

  #join(previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current;
    // Mixed aggregates are refused after the check (validators.ts), but for the arguments of format().
    return this.#substitution.isAssignable(previous, current) ? mostGeneral(previous, current) : DYN;
  }

  #struct(expr: Struct): CelType {
    const name = expr.typeName.replace(/^\./, "");
    if (TYPE_NAMES.has(name)) return this.#report(expr, `'${name}' is not a message type`);
    if (!this.#environment.construct?.isType(name)) return this.#undeclared(expr, expr.typeName);
    for (const f of expr.fields) {
      const value = this.check(f.value);
      const type = this.#objectField(f, name, f.name);
      const actual = f.optional ? this.#maybeOptional(f.value, true) : value;
      if (!this.#substitution.isAssignable(type, actual)) {
        this.#report(f, `expected type of field '${f.name}' is '${formatType(type)}' but provided type is '${formatType(actual)}'`);
      }
    }
    return { kind: "object", name };
  }

  #comprehension(expr: Comprehension): CelType {
    this.check(expr.range);
    const accu = this.check(expr.init);
    const outer = this.#scope;
    const [first, second] = this.#iteration(expr);
    const withAccu: Scope = { parent: outer, names: new Map([[expr.accu, accu]]) };
    const names = new Map([[expr.iter, first]]);
    if (expr.iter2 !== undefined) names.set(expr.iter2, second);
    this.#scope = { parent: withAccu, names };
    this.#assert(expr.condition, BOOL);
    this.#assert(expr.step, accu);
    this.#scope = withAccu;
    const result = this.check(expr.result);
    this.#scope = outer;
    return this.#substitution.apply(result);
  }

  #assert(expr: Expr, expected: CelType): void {
    const type = this.check(expr);
    if (!this.#substitution.isAssignable(expected, type)) this.#mismatch(expr, expected, type);
  }

  /** The types of the loop variables. */
  #iteration(expr: Comprehension): readonly [CelType, CelType] {
    const two = expr.iter2 !== undefined;
    const range = this.#substitution.apply(this.#types.get(expr.range) ?? ERROR);
    switch (range.kind) {
      case "list":
        return two ? [INT, range.elem] : [range.elem, ERROR];
      case "map":
        return [range.key, range.value];
      case "dyn":
      case "error":
      case "param":
        this.#substitution.isAssignable(DYN, range);
        return [DYN, DYN];
      default: {
        const message = `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.#report(expr.range, message);
        return [ERROR, ERROR];
      }
    }
  }
}

const counted = new WeakMap<CelType, number>();
function partsOf(type: CelType): number {
  const known = counted.get(type);
  if (known !== undefined) return known;
  const parts = parameters(type).reduce((sum, part) => sum + partsOf(part), 1);
  counted.set(type, parts);
  return parts;
}

function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.test) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}

function literalType(value: CelValue): CelType {
  switch (typeof value) {
    case "string":
      return STRING;
    case "boolean":
      return BOOL;
    case "bigint":
      return INT;
    case "number":
      return DOUBLE;
    default:
      return value === null ? NULL : value instanceof Uint ? UINT : BYTES;
  }
}
