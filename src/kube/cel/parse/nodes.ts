import { COPIED_NODES_MAX } from "../limits.js";
import { type Expr, NEGATE, NOT } from "./ast.js";
import type { Issue } from "./errors.js";
import type { Token } from "./lexer.js";
import { bindMacro, MacroError, macroFor } from "./macros.js";

/** Stands for what could not be parsed; the expression is refused anyway. */
export const brokenAt = (at: number): Expr => ({ kind: "literal", at, value: "<<error>>" });

/** What the grammar leaves open. */
export interface Syntax {
  /** cel.bind() is a macro. */
  readonly bind: boolean;
}

/** Makes the tree: expands macros, and knows how deep nodes nest, where cel-go counts nesting. */
export class Nodes {
  /** Errors of meaning (literals, macros, reserved words): reported after all syntax errors. */
  readonly issues: Issue[] = [];
  readonly #syntax: Syntax;
  readonly #copies = { left: COPIED_NODES_MAX };
  readonly #heights = new WeakMap<Expr, number>();

  constructor(syntax: Syntax) {
    this.#syntax = syntax;
  }

  call(op: Token, fn: string, target: Expr | undefined, args: readonly Expr[], options: { readonly global?: true } = {}): Expr {
    const isBind = this.#syntax.bind && fn === "bind" && args.length === 3 && target?.kind === "ident" && target.name === "cel";
    const macro = isBind ? bindMacro : macroFor(fn, args.length, target !== undefined);
    const parts = target === undefined ? args : [target, ...args];
    if (macro === undefined) {
      const node: Expr = { kind: "call", at: op.at, fn, target, args };
      return options.global || fn === NOT || fn === NEGATE ? this.wide(node, parts) : this.tall(node, parts);
    }
    try {
      return this.wide(macro({ at: op.at, target, args, copies: this.#copies }), parts);
    } catch (thrown) {
      if (!(thrown instanceof MacroError)) throw thrown;
      this.issues.push({ at: thrown.at, message: thrown.message });
      return brokenAt(thrown.at);
    }
  }

  height(expr: Expr): number {
    return this.#heights.get(expr) ?? 0;
  }
  wide(node: Expr, parts: readonly Expr[]): Expr {
    this.#heights.set(node, Math.max(0, ...parts.map((part) => this.height(part))));
    return node;
  }
  tall(node: Expr, parts: readonly Expr[] = node.kind === "select" ? [node.operand] : node.kind === "call" ? node.args : []): Expr {
    this.#heights.set(node, 1 + Math.max(0, ...parts.map((part) => this.height(part))));
    return node;
  }

  /** A logical operator does not count. */
  logical(at: number, fn: string, args: readonly [Expr, Expr]): Expr {
    return this.wide({ kind: "call", at, fn, target: undefined, args }, args);
  }
}
