import { writeSync } from "node:fs";
import type { Log, LogFields, LogLevel } from "../index.js";

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

export interface NodeLogOptions {
  /** Lines below it are not written. */
  readonly level?: LogLevel;
  /** `json`: one object a line, for machines. `text`: for people. */
  readonly format?: "json" | "text";
  /** Where a finished line (with its newline) goes; standard error by default. */
  readonly write?: (line: string) => void;
  readonly wallMs?: () => number;
}

interface Sink {
  readonly severity: number;
  readonly format: "json" | "text";
  readonly write: (line: string) => void;
  readonly wallMs: () => number;
}

/** Lines are written at once and not buffered: the last line before an abort is the one that is needed. */
export function createNodeLog(options: NodeLogOptions = {}): Log {
  const sink: Sink = {
    severity: SEVERITY[options.level ?? "info"],
    format: options.format ?? "text",
    write: options.write ?? writeToStandardError,
    wallMs: options.wallMs ?? Date.now,
  };
  return logWith(sink, {});
}

function logWith(sink: Sink, context: LogFields): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (SEVERITY[level] < sink.severity) return;
    const all = fields === undefined ? context : { ...context, ...fields };
    sink.write(sink.format === "json" ? jsonLine(sink, level, message, all) : textLine(sink, level, message, all));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => logWith(sink, { ...context, ...fields }),
  };
}

function jsonLine(sink: Sink, level: LogLevel, message: string, fields: LogFields): string {
  const line: Record<string, unknown> = { time: new Date(sink.wallMs()).toISOString(), level, message };
  for (const [name, value] of Object.entries(fields)) line[name] = typeof value === "bigint" ? String(value) : value;
  return `${JSON.stringify(line)}\n`;
}

function textLine(sink: Sink, level: LogLevel, message: string, fields: LogFields): string {
  let line = `${new Date(sink.wallMs()).toISOString()} ${level.toUpperCase().padEnd(5)} ${message}`;
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) line += ` ${name}=${textValue(value)}`;
  return `${line}\n`;
}

/** Quoted where a reader or a tool could not tell where the value ends; a newline in a value must not forge a line. */
function textValue(value: string | number | boolean | bigint): string {
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}

function writeToStandardError(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Standard error is closed, or a full pipe refuses (EAGAIN): losing a line beats dying of it.
  }
}
