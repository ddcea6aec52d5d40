/** What lies in a SpanTree: keys in [from, to), `to` undefined being without end. */
export interface Span {
  readonly from: string;
  readonly to: string | undefined;
}

interface Node<T extends Span> {
  readonly item: T;
  readonly priority: number;
  left: Node<T> | undefined;
  right: Node<T> | undefined;
  /** The furthest end in this subtree. */
  furthest: string | undefined;
}

const before = (a: Span, b: Span): boolean => a.from < b.from || (a.from === b.from && endBefore(a.to, b.to));
/** Whether end `a` comes before end `b`; undefined is the last. */
const endBefore = (a: string | undefined, b: string | undefined): boolean => a !== undefined && (b === undefined || a < b);

/** Balance comes from a hash and not from a random number: every member, and every run, builds the same tree. */
function priorityOf(span: Span): number {
  let h = 0x811c9dc5;
  for (const text of [span.from, span.to ?? "\0"]) {
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ 0x100, 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** A treap of spans by (from, to) that knows the furthest end under each node: finds all spans over a key in log n + matches. */
export class SpanTree<T extends Span> {
  #root: Node<T> | undefined;

  /** No span with the same ends is in it. */
  insert(item: T): void {
    const node: Node<T> = { item, priority: priorityOf(item), left: undefined, right: undefined, furthest: item.to };
    this.#root = insertNode(this.#root, node);
  }
  /** `item` is in it. */
  remove(item: T): void {
    this.#root = removeNode(this.#root, item);
  }
  over(key: string, visit: (item: T) => void): void {
    visitOver(this.#root, key, visit);
  }
}

function update<T extends Span>(node: Node<T>): Node<T> {
  let furthest = node.item.to;
  if (node.left !== undefined && endBefore(furthest, node.left.furthest)) furthest = node.left.furthest;
  if (node.right !== undefined && endBefore(furthest, node.right.furthest)) furthest = node.right.furthest;
  node.furthest = furthest;
  return node;
}

function insertNode<T extends Span>(root: Node<T> | undefined, node: Node<T>): Node<T> {
  if (root === undefined) return update(node);
  if (node.priority > root.priority) {
    const [left, right] = split(root, node.item);
    node.left = left;
    node.right = right;
    return update(node);
  }
  if (before(node.item, root.item)) root.left = insertNode(root.left, node);
  else root.right = insertNode(root.right, node);
  return update(root);
}

/** Everything before `at`, and everything from it on. */
function split<T extends Span>(root: Node<T> | undefined, at: Span): [Node<T> | undefined, Node<T> | undefined] {
  if (root === undefined) return [undefined, undefined];
  if (before(root.item, at)) {
    const [left, right] = split(root.right, at);
    root.right = left;
    return [update(root), right];
  }
  const [left, right] = split(root.left, at);
  root.left = right;
  return [left, update(root)];
}

function removeNode<T extends Span>(root: Node<T> | undefined, item: T): Node<T> | undefined {
  if (root === undefined) return undefined;
  if (root.item === item) return join(root.left, root.right);
  if (before(item, root.item)) root.left = removeNode(root.left, item);
  else root.right = removeNode(root.right, item);
  return update(root);
}

function join<T extends Span>(left: Node<T> | undefined, right: Node<T> | undefined): Node<T> | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (left.priority > right.priority) {
    left.right = join(left.right, right);
    return update(left);
  }
  right.left = join(left, right.left);
  return update(right);
}

function visitOver<T extends Span>(node: Node<T> | undefined, key: string, visit: (item: T) => void): void {
  if (node === undefined || !endBefore(key, node.furthest)) return;
  visitOver(node.left, key, visit);
  if (key < node.item.from) return;
  if (endBefore(key, node.item.to)) visit(node.item);
  visitOver(node.right, key, visit);
}
