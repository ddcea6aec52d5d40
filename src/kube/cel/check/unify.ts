import { type CelType, DYN, isDyn, isOptional, listOf, mapOf, parameters, sameType, typeName, typeOf } from "../celtypes.js";

/** What type parameters stand for. Trials that fail leave no trace. */
export class Substitution {
  readonly #known = new Map<string, CelType>();
  #trail: (readonly [string, CelType | undefined])[] = [];
  #fresh = 0;

  freshVariable(): CelType {
    return { kind: "param", name: `_var${this.#fresh++}` };
  }

  isAssignable(to: CelType, from: CelType): boolean {
    return this.areAssignable([to], [from]);
  }

  areAssignable(to: readonly CelType[], from: readonly CelType[]): boolean {
    this.#trail = [];
    if (this.#list(to, from)) return true;
    for (const [name, former] of this.#trail.reverse()) {
      if (former === undefined) this.#known.delete(name);
      else this.#known.set(name, former);
    }
    return false;
  }

  /** The type with all known parameters replaced; `unknownIsDyn`: and the unknown ones too. */
  apply(type: CelType, unknownIsDyn = false): CelType {
    switch (type.kind) {
      case "param": {
        const known = this.#known.get(type.name);
        return known !== undefined ? this.apply(known, unknownIsDyn) : unknownIsDyn ? DYN : type;
      }
      case "list":
        return listOf(this.apply(type.elem, unknownIsDyn));
      case "map":
        return mapOf(this.apply(type.key, unknownIsDyn), this.apply(type.value, unknownIsDyn));
      case "opaque":
        return type.params.length === 0 ? type : { ...type, params: type.params.map((p) => this.apply(p, unknownIsDyn)) };
      case "type":
        return type.of === undefined ? type : typeOf(this.apply(type.of, unknownIsDyn));
      default:
        return type;
    }
  }

  #bind(name: string, type: CelType): void {
    this.#trail.push([name, this.#known.get(name)]);
    this.#known.set(name, type);
  }

  #list(to: readonly CelType[], from: readonly CelType[]): boolean {
    return to.length === from.length && to.every((type, i) => this.#one(type, from[i] as CelType));
  }

  #one(a: CelType, b: CelType): boolean {
    if (b.kind === "param") {
      const bound = this.#substitutes(a, b);
      if (bound !== "unbound") return bound;
    }
    if (a.kind === "param") return this.#substitutes(b, a) === true;
    if (isDyn(a) || isDyn(b) || a.kind === "error" || b.kind === "error") return true;
    if (a.kind === "null") return isNullable(b);
    if (b.kind === "null") return isNullable(a);
    if (a.kind === "type") return b.kind === "type";
    if (a.kind === "list" || a.kind === "map" || a.kind === "opaque")
      return a.kind === b.kind && typeName(a) === typeName(b) && this.#list(parameters(a), parameters(b));
    return sameType(a, b);
  }

  /** Whether `type` may stand for the parameter; "unbound": neither known nor possible to say. */
  #substitutes(type: CelType, param: CelType & { readonly kind: "param" }): boolean | "unbound" {
    if (sameType(type, param)) return true;
    const known = this.#known.get(param.name);
    if (known === undefined) {
      if (this.#occurs(param.name, type)) return "unbound";
      this.#bind(param.name, type);
      return true;
    }
    if (sameType(type, known)) return true;
    if (!this.#one(type, known)) return false;
    const general = mostGeneral(type, known);
    if (!this.#occurs(param.name, general)) this.#bind(param.name, general);
    return true;
  }

  #occurs(name: string, within: CelType): boolean {
    if (within.kind === "param") {
      if (within.name === name) return true;
      const known = this.#known.get(within.name);
      return known !== undefined && this.#occurs(name, known);
    }
    return parameters(within).some((p) => this.#occurs(name, p));
  }
}

const isNullable = (type: CelType): boolean => ["null", "opaque", "object", "any", "duration", "timestamp"].includes(type.kind);

export const mostGeneral = (a: CelType, b: CelType): CelType => (isLessSpecific(a, b) ? a : b);

function isLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === "param") return true;
  if (isDyn(b) || b.kind === "param" || a.kind !== b.kind) return false;
  if (a.kind === "type") return true;
  if (a.kind !== "opaque" && a.kind !== "list" && a.kind !== "map") return sameType(a, b);
  const [left, right] = [parameters(a), parameters(b)];
  return typeName(a) === typeName(b) && left.length === right.length && left.every((type, i) => isLessSpecific(type, right[i] as CelType));
}

export const unwrapOptional = (type: CelType): CelType | undefined => (isOptional(type) ? parameters(type)[0] : undefined);
