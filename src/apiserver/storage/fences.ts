import { conflict } from "../../kube/meta/index.js";
import type { Stored, WriteFence } from "./types.js";

/** The Leases that writes were fenced with, at the revision at which they were last seen: few, and each is renewed every two seconds. */
export class Fences {
  readonly #seen = new Map<string, Stored>();

  /** The revision to compare with. Throws Conflict where the Lease is somebody else's. */
  async revision(fence: WriteFence, read: () => Promise<{ readonly found: Stored | undefined }>): Promise<number> {
    const known = this.#seen.get(fence.key) ?? (await read()).found;
    this.seen(fence, known);
    return (known as Stored).revision;
  }
  /** What stands there now. Throws Conflict where it is not what the writer won. */
  seen(fence: WriteFence, now: Stored | undefined): void {
    if (now !== undefined && fence.holds(now)) {
      this.#seen.set(fence.key, now);
      return;
    }
    this.#seen.delete(fence.key);
    const [, name = ""] = fence.lease.split("/");
    throw conflict(
      { group: "coordination.k8s.io", resource: "leases" },
      name,
      `the Lease ${fence.lease} is not held any more by who writes: its writes are refused`,
    );
  }
}
