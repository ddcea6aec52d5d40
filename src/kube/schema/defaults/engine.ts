import { formatQuantity, isObject, type Json, type JsonObject, parseQuantity, roundQuantityUp } from "../../meta/index.js";
import { type BuiltinField, BuiltinSchema } from "../build.js";
import type { KindSchema, Schema } from "../types.js";
import type { Row, Rows } from "./rows.js";

/** What has to be done to values of a schema; nothing for most: types without rows inside are never entered. */
type Plan = ObjectPlan | { readonly kind: "each"; readonly plan: Plan } | { readonly kind: "amounts" };
interface ObjectPlan {
  readonly kind: "object";
  readonly schema: BuiltinSchema;
  readonly row: Row | undefined;
  readonly inner: readonly Inner[];
}
interface Inner {
  readonly field: BuiltinField;
  readonly plan: Plan;
}
interface KindPlan {
  readonly row: Row | undefined;
  readonly plan: Plan | undefined;
  readonly spec: BuiltinSchema | undefined;
}

/** Runs rows over objects, in place; a kind's own row first, then from the outside in. */
export class RowEngine {
  readonly #types: ReadonlyMap<string, Row>;
  readonly #kinds: ReadonlyMap<string, Row>;
  readonly #amounts: boolean;
  readonly #plans = new Map<BuiltinSchema, Plan | undefined>();
  readonly #byKind = new WeakMap<KindSchema, KindPlan>();
  /** `amounts`: every resource list is rounded up to thousandths. */
  constructor(rows: readonly Rows[], options: { readonly amounts: boolean }) {
    this.#types = new Map(rows.flatMap((r) => Object.entries(r.types)));
    this.#kinds = new Map(rows.flatMap((r) => Object.entries(r.kinds)));
    this.#amounts = options.amounts;
  }

  apply(kind: KindSchema, o: JsonObject, now: string | undefined): void {
    const { row, plan, spec } = this.#kindPlan(kind);
    row?.(o, now);
    if (plan !== undefined) run(plan, o, now);
    if (row !== undefined && spec !== undefined && isObject(o["spec"])) o["spec"] = inOrder(spec, o["spec"]);
  }

  #kindPlan(kind: KindSchema): KindPlan {
    const known = this.#byKind.get(kind);
    if (known !== undefined) return known;
    const { group, version, kind: name } = kind.gvk;
    const spec = kind.root.fields.get("spec")?.schema;
    const made = {
      row: this.#kinds.get(`${group === "" ? version : `${group}/${version}`} ${name}`),
      plan: this.#planOf(kind.root),
      spec: spec instanceof BuiltinSchema ? spec : undefined,
    };
    this.#byKind.set(kind, made);
    return made;
  }

  #planOf(schema: Schema): Plan | undefined {
    if (schema.kind === "list" || schema.kind === "map") {
      const items = schema.kind === "list" ? schema.items : schema.values;
      if (schema.kind === "map" && items.kind === "scalar")
        return this.#amounts && items.type === "quantity" ? { kind: "amounts" } : undefined;
      const plan = this.#planOf(items);
      return plan === undefined ? undefined : { kind: "each", plan };
    }
    return schema instanceof BuiltinSchema ? this.#objectPlan(schema) : undefined;
  }
  #objectPlan(schema: BuiltinSchema): Plan | undefined {
    if (this.#plans.has(schema)) return this.#plans.get(schema);
    // A type within itself has no rows on the way round.
    this.#plans.set(schema, undefined);
    const row = this.#types.get(schema.name.replace(/^io\.k8s\.(?:api\.)?/, ""));
    const isDevices = /\.resource\.v\d/.test(schema.name);
    const inner = schema.list.flatMap((field) => {
      const plan = this.#planOf(field.schema);
      // Amounts of devices are not resource lists: nothing rounds them.
      return plan === undefined || (isDevices && plan.kind === "amounts") ? [] : [{ field, plan }];
    });
    const plan: Plan | undefined = row === undefined && inner.length === 0 ? undefined : { kind: "object", schema, row, inner };
    this.#plans.set(schema, plan);
    return plan;
  }
}

/** Defaults come last into an object; in print they stand where Kubernetes has them. The object itself where they do. */
function inOrder(schema: BuiltinSchema, o: JsonObject): JsonObject {
  if (isInOrder(schema, o)) return o;
  const ordered: JsonObject = {};
  for (const { name } of schema.list) {
    const value = o[name];
    if (value !== undefined) ordered[name] = value;
  }
  return ordered;
}

function isInOrder({ list }: BuiltinSchema, o: JsonObject): boolean {
  let at = 0;
  for (const name of Object.keys(o)) {
    while (at < list.length && list[at]?.name !== name) at++;
    if (at === list.length || o[name] === undefined) return false;
    at++;
  }
  return true;
}

/** Nothing is assigned that is so already: what is complete may be everybody's, and is left alone. */
function run(plan: Plan, value: Json, now: string | undefined): Json {
  if (plan.kind === "amounts") return isObject(value) ? roundUp(value) : value;
  if (plan.kind === "object") return isObject(value) ? runObject(plan, value, now) : value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const made = run(plan.plan, value[i] as Json, now);
      if (made !== value[i]) value[i] = made;
    }
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const made = run(plan.plan, value[key] as Json, now);
      if (made !== value[key]) value[key] = made;
    }
  }
  return value;
}

function runObject(plan: ObjectPlan, o: JsonObject, now: string | undefined): JsonObject {
  plan.row?.(o, now);
  for (const { field, plan: inner } of plan.inner) {
    const value = o[field.name];
    if (value === undefined || value === null) continue;
    const made = run(inner, value, now);
    if (made !== value) o[field.name] = made;
  }
  return plan.row === undefined ? o : inOrder(plan.schema, o);
}

const MILLI = -3;
/** Every resource list: to whole thousandths, upwards. */
function roundUp(list: JsonObject): JsonObject {
  for (const name of Object.keys(list)) {
    const text = list[name];
    // Only what has a fraction or a small suffix can be finer.
    if (typeof text === "string" && /[nue.]/.test(text)) list[name] = formatQuantity(roundQuantityUp(parseQuantity(text), MILLI));
  }
  return list;
}

interface KindPlan {
  readonly row: Row | undefined;
  readonly plan: Plan | undefined;
  readonly spec: BuiltinSchema | undefined;
}
