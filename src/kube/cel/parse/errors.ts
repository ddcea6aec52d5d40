import { ERRORS_MAX, SNIPPET_MAX } from "../limits.js";
import { codePoints } from "../values.js";

/** One complaint about an expression. `at`: UTF-16 offset; -1: about the expression as a whole. */
export interface Issue {
  readonly at: number;
  readonly message: string;
}

/** As cel-go prints issues: by position, each with its line and a pointer. */
export function formatIssues(source: string, issues: readonly Issue[]): string {
  const lines = source.split("\n");
  const shown = issues.slice(0, ERRORS_MAX).map((issue) => ({ issue, place: placeOf(source, issue.at) }));
  shown.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const texts = shown.map(({ issue, place }) => formatIssue(issue.message, place, lines[place.line - 1]));
  if (issues.length > ERRORS_MAX) texts.push(`${issues.length - ERRORS_MAX} more errors were truncated`);
  return texts.join("\n");
}

interface Place {
  /** From 1. */
  readonly line: number;
  /** Code points from 0. */
  readonly column: number;
}

function placeOf(source: string, at: number): Place {
  if (at < 0) return { line: -1, column: -1 };
  // An empty source has no line to show.
  if (source === "") return { line: 1, column: -1 };
  const before = source.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: codePoints(before.slice(lineStart)) };
}

function formatIssue(message: string, place: Place, line: string | undefined): string {
  const head = `ERROR: <input>:${place.line}:${place.column + 1}: ${message}`;
  if (line === undefined || place.column < 0 || line.length > SNIPPET_MAX) return head;
  const snippet = line.replaceAll("\t", " ");
  const points = Array.from(snippet);
  const dots = points.slice(0, place.column).map((point) => (isWide(point) ? "\uff0e" : "."));
  return `${head}\n | ${snippet}\n | ${dots.join("")}${isWide(points[place.column]) ? "\uff3e" : "^"}`;
}
const isWide = (point: string | undefined): boolean => point !== undefined && (point.codePointAt(0) ?? 0) > 0x7f;
