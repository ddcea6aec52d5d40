import type { CelType } from "./celtypes.js";
import type { DeclType } from "./decltypes.js";
import type { ComprehensionScope } from "./run/frame.js";
import type { CelError, CelValue } from "./values.js";

/** What an expression is checked against: its variables and the object types they reach. Made by `environment`, never changed. */
export interface Environment {
  readonly variables: ReadonlyMap<string, CelType>;
  /** Object types by name. */
  readonly objects: ReadonlyMap<string, DeclType>;
  /** Object types that expressions may construct (`Object{...}`, `JSONPatch{...}`); undefined: none. */
  readonly construct: ConstructedTypes | undefined;
  /** Whether cel.bind(name, value, expression) exists: only for device selectors. */
  readonly bind: boolean;
}

/** The type of messages that mutation policies write. */
export interface ConstructedTypes {
  /** undefined: no such type. */
  readonly fieldType: (typeName: string, field: string) => CelType | undefined;
  readonly isType: (typeName: string) => boolean;
}

/** A checked expression. Immutable; may be evaluated any number of times. */
export interface Program {
  readonly expression: string;
  readonly outputType: CelType;
  /** Names of the variables the expression refers to. */
  readonly references: ReadonlySet<string>;
  /** Estimates the worst case; `sizes` knows the sizes of what variables hold. */
  readonly estimate: (sizes: SizeOf) => CostRange;
  readonly run: (scope: ComprehensionScope) => CelValue | CelError;
}

/** Costs are unsigned 64-bit and saturate there; doubles carry them, since only their order matters beyond 2^53. */
export interface CostRange {
  readonly min: number;
  readonly max: number;
}

/** The greatest size of what is at a path (variable, then fields, "@items", "@values", "@keys"); undefined: unknown. */
export type SizeOf = (path: readonly string[]) => number | undefined;

/** `text` is what Kubernetes prints after "compilation failed: ", or, at stage "program", after "program instantiation failed: ". */
export type Compiled =
  | { readonly kind: "program"; readonly program: Program }
  | { readonly kind: "errors"; readonly text: string; readonly stage?: "program" };

/** The variables of one evaluation. A function is called when (and only when) the variable is read. */
export type Activation = Readonly<Record<string, CelValue | (() => CelValue | CelError)>>;

/** `cost` is the cost spent, also by a failed evaluation. */
export type Evaluated =
  | { readonly kind: "value"; readonly value: CelValue; readonly cost: number }
  | { readonly kind: "error"; readonly message: string; readonly cost: number; readonly costExceeded: boolean };

/** The part of a structural schema that expressions see (as CRDs write it). */
export interface SchemaJson {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, SchemaJson>>;
  readonly additionalProperties?: SchemaJson | boolean;
  readonly items?: SchemaJson;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
}

/** What `authorizer...check(verb)` asks. Synchronous: whoever authorizes over a network answers from decisions made before. */
export type AuthorizationQuestion =
  | { readonly kind: "path"; readonly user: UserJson; readonly path: string; readonly verb: string }
  | {
      readonly kind: "resource";
      readonly user: UserJson;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
      readonly fieldSelector: string;
      readonly labelSelector: string;
    };
/** "request": who sent the request. */
export type UserJson = "request" | { readonly serviceAccount: { readonly namespace: string; readonly name: string } };
export interface AuthorizationDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}
export type Authorize = (question: AuthorizationQuestion) => AuthorizationDecision;
