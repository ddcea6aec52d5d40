import { isTimeZone } from "./time-zone.js";

/** What a cron parser says of a schedule; undefined: it is one. The texts are its own. */
interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const EVERY = "@every ";

export function cronProblem(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  const zoned = /^(?:CRON_)?TZ=/.exec(schedule);
  if (zoned === null) return plainProblem(schedule);
  const space = schedule.indexOf(" ");
  if (space < 0) return "invalid schedule format: runtime error: slice bounds out of range [:-1]";
  const zone = schedule.slice(schedule.indexOf("=") + 1, space);
  if (zone !== "" && zone !== "Local" && !isTimeZone(zone)) return `provided bad location ${zone}: unknown time zone ${zone}`;
  return plainProblem(schedule.slice(space).trim());
}
function plainProblem(spec: string): string | undefined {
  if (spec.startsWith("@")) return descriptorProblem(spec);
  const fields = spec.split(/\s+/).filter((f) => f !== "");
  if (fields.length !== FIELDS.length) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  for (const [i, field] of fields.entries()) {
    const problem = fieldProblem(field, FIELDS[i] as Bounds);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
function descriptorProblem(spec: string): string | undefined {
  if (DESCRIPTORS.includes(spec)) return undefined;
  if (!spec.startsWith(EVERY)) return `unrecognized descriptor: ${spec}`;
  const problem = durationProblem(spec.slice(EVERY.length));
  return problem === undefined ? undefined : `failed to parse duration ${spec}: ${problem}`;
}
const fieldProblem = (field: string, bounds: Bounds): string | undefined => {
  for (const part of field.split(",")) {
    const problem = part === "" ? undefined : rangeProblem(part, bounds);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

type Parsed = number | { readonly problem: string };
function integer(text: string): Parsed {
  if (!/^[+-]?\d+$/.test(text))
    return { problem: `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax` };
  const value = Number(text);
  return value < 0 ? { problem: `negative number (${value}) not allowed: ${text}` } : value;
}
function integerOrName(text: string, bounds: Bounds): Parsed {
  const at = bounds.names?.indexOf(text.toLowerCase()) ?? -1;
  return at >= 0 ? at + bounds.min : integer(text);
}
function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  const parts = expression.split("/");
  const ends = (parts[0] as string).split("-");
  let [start, end]: [Parsed, Parsed] = [bounds.min, bounds.max];
  if (ends[0] !== "*" && ends[0] !== "?") {
    start = integerOrName(ends[0] as string, bounds);
    if (typeof start !== "number") return start.problem;
    if (ends.length > 2) return `too many hyphens: ${expression}`;
    end = ends.length === 2 ? integerOrName(ends[1] as string, bounds) : start;
    if (typeof end !== "number") return end.problem;
  }
  if (parts.length > 2) return `too many slashes: ${expression}`;
  const step = parts.length === 2 ? integer(parts[1] as string) : 1;
  if (typeof step !== "number") return step.problem;
  if (parts.length === 2 && ends.length === 1) end = bounds.max;
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return step === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

const UNITS = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
function durationProblem(text: string): string | undefined {
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return undefined;
  const invalid = `time: invalid duration ${JSON.stringify(text)}`;
  if (body === "") return invalid;
  let rest = body;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest);
    if (number === null) return invalid;
    rest = rest.slice(number[0].length);
    const unit = /^[^.\d]+/.exec(rest)?.[0];
    if (unit === undefined) return `time: missing unit in duration ${JSON.stringify(text)}`;
    if (!UNITS.includes(unit)) return `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
    rest = rest.slice(unit.length);
  }
  return undefined;
}
