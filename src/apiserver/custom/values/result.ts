import { type FieldError, invalid, type Json, notSupported, required, tooLong, tooMany, typeInvalid } from "../../../kube/meta/index.js";
import { below, shown } from "./paths.js";

/** One thing that is wrong with a value. `name` is its path with a dot at the root's end where the original has one; "plain" has none. */
export type Problem =
  | { readonly kind: "required"; readonly name: string; readonly message: string }
  | { readonly kind: "enum"; readonly name: string; readonly message: string; readonly value: Json; readonly allowed: readonly Json[] }
  | { readonly kind: "tooLong"; readonly name: string; readonly message: string; readonly max: number }
  | { readonly kind: "tooMany"; readonly name: string; readonly message: string; readonly max: number; readonly actual: number }
  | { readonly kind: "type" | "other"; readonly name: string; readonly message: string; readonly value: Json | undefined }
  | { readonly kind: "plain"; readonly message: string };

/** What a validation found. `matches` counts what was right: of alternatives the best one's problems are told. */
export class Result {
  readonly problems: Problem[] = [];
  matches = 0;
  /** The same text is told once. */
  add(...problems: readonly Problem[]): void {
    for (const p of problems) if (!this.problems.some((q) => q.message === p.message)) this.problems.push(p);
  }
  merge(other: Result): void {
    this.add(...other.problems);
    this.matches += other.matches;
  }
  get isValid(): boolean {
    return this.problems.length === 0;
  }
}

/** "" and "a" make "a"; the root has no path at all. */
const join = (root: string, name: string): string => {
  const own = name === "." ? "" : name.replace(/^\./, "");
  return own === "" ? root : below(root, own);
};

export const fieldErrors = (root: string, problems: readonly Problem[]): readonly FieldError[] => problems.map((p) => fieldError(root, p));
function fieldError(root: string, p: Problem): FieldError {
  if (p.kind === "plain") return invalid(shown(root), "", p.message);
  const path = shown(join(root, p.name));
  switch (p.kind) {
    case "required":
      return required(path);
    case "enum":
      return notSupported(
        path,
        p.value,
        p.allowed.map((v) => (typeof v === "string" ? v : JSON.stringify(v))),
      );
    case "tooLong":
      return tooLong(path, p.max);
    case "tooMany":
      return tooMany(path, p.actual, p.max);
    case "type":
      return typeInvalid(path, p.value ?? "", p.message);
    default:
      return invalid(path, p.value ?? "", p.message);
  }
}
