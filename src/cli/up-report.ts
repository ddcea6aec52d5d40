import type { SupervisorEvent } from "../master/cluster/index.js";
import type { Out } from "./out.js";
import type { ReadyFacts } from "./printers.js";
import { bad, memberColour, ok, paint, type Style, sign, textWidth, warn } from "./style.js";

export type ReadyEvent = Omit<ReadyFacts, "keys" | "detached">;

/** What `up` says while it runs: lines for people, or one JSON object an event. */
export interface Report {
  readonly event: (event: SupervisorEvent) => void;
  ready(facts: ReadyEvent, block: (out: Out) => string): void;
  stopped(count: number, dataDir: string, ms: number): void;
  /** Which member's lines are shown; undefined for all. */
  filter: string | undefined;
}

export function createReport(out: Out, options: { readonly json: boolean }): Report {
  return options.json ? jsonReport(out) : textReport(out);
}

function jsonReport(out: Out): Report {
  const say = (event: string, fields: object): void => out.print(JSON.stringify({ event, ms: Math.round(performance.now()), ...fields }));
  return {
    filter: undefined,
    event: ({ kind, ...rest }) => {
      const { name, ...more } = rest as { name?: string };
      say(kind === "line" ? "log" : kind, name === undefined ? more : { member: name, ...more });
    },
    ready: ({ pids, ...facts }) => say("ready", { ...facts, readyMs: Math.round(facts.readyMs), pids: Object.fromEntries(pids) }),
    stopped: (count, dataDir, ms) => say("stopped", { masters: count, dataDir, stopMs: Math.round(ms) }),
  };
}

function textReport(out: Out): Report {
  const started = performance.now();
  const report: Report = {
    filter: undefined,
    event: (event) => {
      const text = textOf(out, event, { ready, stopping, started });
      if (event.kind === "stopping") stopping = true;
      if (text === undefined) return;
      if (event.kind === "line" && report.filter !== undefined && report.filter !== event.name) return;
      out.print(text);
    },
    ready: (_facts, block) => {
      ready = true;
      out.print(block(out));
    },
    stopped: (count, dataDir) => out.print(ok(out.style, `${count} master${count === 1 ? "" : "s"} stopped, data kept in ${dataDir}`)),
  };
  let ready = false;
  let stopping = false;
  return report;
}

interface Phase {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly started: number;
}

/** Before the ready block a terminal shows nothing but trouble; a pipe gets a line a step. */
function textOf(out: Out, event: SupervisorEvent, phase: Phase): string | undefined {
  const { style } = out;
  const took = `${Math.round(performance.now())} ms`;
  switch (event.kind) {
    case "spawned":
      return phase.ready || !out.isTty
        ? ok(style, `${event.name} started (pid ${event.pid})${phase.ready ? "" : `   ${took}`}`)
        : undefined;
    case "listening":
      return phase.ready ? ok(style, `${event.name} is up`) : out.isTty ? undefined : ok(style, `${event.name} listens   ${took}`);
    case "leader":
      return undefined;
    case "line":
      return phase.ready && !phase.stopping
        ? logLine(style, event.name, event.text)
        : isTrouble(event.text)
          ? logLine(style, event.name, event.text)
          : undefined;
    case "failed":
      return undefined;
    case "exited":
      if (phase.stopping) return undefined;
      if (event.wanted) return warn(style, `${event.name} stopped   start: trimast start ${event.name}`);
      return bad(style, `${event.name} died (${event.signal ?? `code ${event.code}`})   start: trimast start ${event.name}`);
    case "restarting":
      return warn(style, `${event.name} is started again in ${event.inMs} ms`);
    case "stopping":
      return undefined;
  }
}

const isTrouble = (line: string): boolean => / (WARN|ERROR) /.test(line.slice(0, 40));

/** `m1 │ 10:24:48.123 has a leader term=2`: date and member are said by the prefix. */
export function logLine(style: Style, name: string, text: string): string {
  const match = /^\d{4}-\d\d-\d\dT([\d:.]+)Z (DEBUG|INFO|WARN|ERROR) +(.*)$/.exec(text);
  const rest = match ? `${paint(style, "dim", match[1] ?? "")} ${levelled(style, match[2] ?? "", match[3] ?? "")}` : text;
  const pad = " ".repeat(Math.max(0, 2 - textWidth(name)));
  return `${paint(style, memberColour(name), `${name}${pad} ${sign(style, "bar")}`)} ${rest.replace(` member=${name}`, "")}`;
}
function levelled(style: Style, level: string, text: string): string {
  if (level === "ERROR") return paint(style, "red", `ERROR ${text}`);
  return level === "WARN" ? paint(style, "yellow", `WARN ${text}`) : text;
}
