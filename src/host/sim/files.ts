import type { Random } from "../../base/index.js";
import { DiskError } from "../index.js";
import { SimInode } from "./inode.js";

type Entry = SimInode | "directory";
type Tree = Map<string, Entry>;

/** One change of names that a crash may lose. A rename is one change: never half done. */
interface Change {
  readonly directories: readonly string[];
  readonly apply: (tree: Tree) => void;
}

/** Names: as the process sees them, as the disk holds them, and the changes between. Paths have no leading slash. */
export class SimFiles {
  #live: Tree = new Map();
  #durable: Tree = new Map();
  #pending: Change[] = [];

  find(path: string): Entry | undefined {
    const name = clean(path);
    return name === "" ? "directory" : this.#live.get(name);
  }

  paths(): readonly string[] {
    return [...this.#live].flatMap(([path, entry]) => (entry === "directory" ? [] : [path])).sort();
  }

  /** The present name of an open file, which may have been renamed since. */
  pathOf(inode: SimInode): string | undefined {
    for (const [path, entry] of this.#live) if (entry === inode) return path;
    return undefined;
  }

  usedBytes(): number {
    let bytes = 0;
    for (const entry of this.#live.values()) if (entry !== "directory") bytes += entry.size();
    return bytes;
  }

  list(directory: string): readonly string[] {
    const prefix = clean(directory) === "" ? "" : `${clean(directory)}/`;
    const inside = [...this.#live.keys()].filter((path) => path.startsWith(prefix) && path !== prefix);
    return inside
      .map((path) => path.slice(prefix.length))
      .filter((name) => !name.includes("/"))
      .sort();
  }

  link(path: string, inode: SimInode): void {
    const name = clean(path);
    if (this.find(parent(name)) !== "directory") throw new DiskError("ENOENT", path, "open");
    this.#change([parent(name)], (tree) => tree.set(name, inode));
  }

  makeDirectory(path: string): void {
    const parts = clean(path).split("/");
    for (let depth = 1; depth <= parts.length; depth++) {
      const name = parts.slice(0, depth).join("/");
      const found = this.find(name);
      if (found instanceof SimInode) throw new DiskError("EEXIST", path, "mkdir");
      if (found === undefined) this.#change([parent(name)], (tree) => tree.set(name, "directory"));
    }
  }

  remove(path: string): void {
    const name = clean(path);
    if (this.#live.get(name) === undefined) return;
    this.#change([parent(name)], (tree) => {
      for (const each of [...tree.keys()]) if (each === name || each.startsWith(`${name}/`)) tree.delete(each);
    });
  }

  rename(from: string, to: string): void {
    const [source, target] = [clean(from), clean(to)];
    const entry = this.#live.get(source);
    if (entry === undefined) throw new DiskError("ENOENT", from, "rename");
    if (this.find(parent(target)) !== "directory") throw new DiskError("ENOENT", to, "rename");
    this.#change([parent(source), parent(target)], (tree) => {
      for (const [path, each] of [...tree]) {
        if (path !== source && !path.startsWith(`${source}/`)) continue;
        tree.delete(path);
        tree.set(target + path.slice(source.length), each);
      }
      // The file's own name may have been lost by the crash; what was renamed is the file, not the name.
      tree.set(target, entry);
    });
  }

  /** Changes of names inside `directory` are durable, in the order they were made. */
  syncDirectory(directory: string): void {
    const name = clean(directory);
    if (this.find(name) !== "directory") throw new DiskError("ENOENT", directory, "fsync");
    const [synced, rest] = [[] as Change[], [] as Change[]];
    for (const change of this.#pending) (change.directories.includes(name) ? synced : rest).push(change);
    for (const change of synced) change.apply(this.#durable);
    this.#pending = rest;
  }

  /** Each unsynced change is kept or lost by itself; contents follow their own rules. */
  crash(random: Random): void {
    for (const change of this.#pending) if (random.chance(1, 2)) change.apply(this.#durable);
    this.#pending = [];
    for (const path of [...this.#durable.keys()]) if (!this.#reachable(path)) this.#durable.delete(path);
    this.#live = new Map(this.#durable);
    for (const entry of this.#live.values()) if (entry !== "directory") entry.crash(random);
  }

  #reachable(path: string): boolean {
    for (let up = parent(path); up !== ""; up = parent(up)) if (this.#durable.get(up) !== "directory") return false;
    return true;
  }

  #change(directories: readonly string[], apply: (tree: Tree) => void): void {
    apply(this.#live);
    this.#pending.push({ directories, apply });
  }
}

const clean = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
