import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOMS } from "../rooms.js";

const SRC = resolve(import.meta.dirname, "../../src");
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".ts"))
  .sort();
const IMPORT = /^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)"/gm;
const BANNED_IN_PURE =
  /\bDate\.now\b|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\basync\b|\bawait\b|\bPromise\b|\bperformance\.now\b|\bqueueMicrotask\b/;

function roomOf(file: string): string {
  const fits = Object.keys(ROOMS).filter((room) => file.startsWith(`${room}/`));
  return fits.sort((a, b) => b.length - a.length)[0] ?? "";
}
function importsOf(file: string): string[] {
  return [...readFileSync(join(SRC, file), "utf8").matchAll(IMPORT)].map((m) => m[1] as string);
}
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
}
const target = (file: string, spec: string): string => relative(SRC, resolve(SRC, dirname(file), spec)).replace(/\.js$/, ".ts");

describe("rooms", () => {
  test("every file lives in a room", () => {
    expect(FILES.filter((f) => roomOf(f) === "")).toEqual([]);
  });

  test("nobody imports a room that the table does not allow", () => {
    const wrong = FILES.flatMap((file) =>
      importsOf(file).flatMap((spec) => {
        const mine = roomOf(file);
        if (!spec.startsWith(".")) return [];
        const theirs = roomOf(target(file, spec));
        return theirs === mine || ROOMS[mine]?.may.includes(theirs) ? [] : [`${file} -> ${theirs}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("another room is entered through its index or its types only", () => {
    const wrong = FILES.flatMap((file) =>
      importsOf(file).flatMap((spec) => {
        if (!spec.startsWith(".")) return [];
        const to = target(file, spec);
        if (roomOf(to) === roomOf(file) || to.startsWith("wire/gen/")) return [];
        return /(^|\/)(index|types)\.ts$/.test(to) ? [] : [`${file} -> ${to}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("only rooms that serve a machine import node: modules", () => {
    const wrong = FILES.filter((f) => ROOMS[roomOf(f)]?.node !== true && importsOf(f).some((s) => s.startsWith("node:")));
    expect(wrong).toEqual([]);
  });

  test("pure rooms hold no clock, random, timer or promise", () => {
    const wrong = FILES.filter(
      (f) => ROOMS[roomOf(f)]?.pure === true && BANNED_IN_PURE.test(withoutComments(readFileSync(join(SRC, f), "utf8"))),
    );
    expect(wrong).toEqual([]);
  });

  test("no import cycle at run time", () => {
    const graph = new Map(FILES.map((f) => [f, runtimeImports(f)]));
    expect(findCycle(graph)).toEqual([]);
  });

  test("every room has a README of under 40 lines", () => {
    const rooms = [...new Set(FILES.map(roomOf))];
    const wrong = rooms.filter((room) => {
      try {
        return readFileSync(join(SRC, room, "README.md"), "utf8").split("\n").length > 40;
      } catch {
        return true;
      }
    });
    expect(wrong).toEqual([]);
  });

  test("no default export, no any, no enum", () => {
    const wrong = FILES.filter(
      (f) =>
        !f.startsWith("wire/gen/") &&
        /^export default|:\s*any\b|\bas any\b|^\s*(?:export )?enum /m.test(withoutComments(readFileSync(join(SRC, f), "utf8"))),
    );
    expect(wrong).toEqual([]);
  });
});

function runtimeImports(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8").replace(/^(?:import|export) type [^;]*;/gm, "");
  return [...text.matchAll(IMPORT)]
    .map((m) => m[1] as string)
    .filter((s) => s.startsWith("."))
    .map((s) => target(file, s));
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
