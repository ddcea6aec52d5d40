/** History at that revision is gone. */
export class RevisionCompacted extends Error {
  override readonly name = "RevisionCompacted";
}
/** Nobody has written that revision yet. */
export class RevisionInFuture extends Error {
  override readonly name = "RevisionInFuture";
}
