/**
 * A body that is no object of its kind. `message` is what Kubernetes puts behind "cannot be handled as a Pod: ".
 * - "syntax": not JSON, YAML or protobuf at all
 * - "kind": apiVersion or kind cannot be read; the message is complete
 * - "type": a value of the wrong type, or one that its type refuses
 */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly kind: "syntax" | "kind" | "type";
  constructor(kind: DecodeError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}
