/**
 * A patch that cannot be carried out. Whoever serves it says so in Kubernetes' way:
 * - "malformed": the patch itself is no patch (400, the message as it is)
 * - "failed": an operation does not fit the object (422, a message without reasons)
 * - "unmergeable": a strategic merge that the object's type does not allow (500, the message as it is)
 * - "tooLarge": more than anybody needs (413)
 */
export class PatchError extends Error {
  override readonly name: string = "PatchError";
  readonly kind: "malformed" | "failed" | "unmergeable" | "tooLarge";
  constructor(kind: PatchError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}
/** An operation "test" did not hold: some take it for a reason to leave the object as it is. */
export class PatchTestFailed extends PatchError {
  override readonly name = "PatchTestFailed";
  constructor(pointer: string) {
    super("failed", `testing value ${pointer} failed: test failed`);
  }
}
