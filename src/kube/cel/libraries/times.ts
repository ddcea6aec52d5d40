import { DURATION, INT, STRING, TIMESTAMP } from "../celtypes.js";
import { type FunctionRow, member, type Overload } from "../functions.js";
import { CelError, type CelValue, type Duration, type Result, type Timestamp } from "../values.js";
import { timestampOrOverflow } from "./arithmetic.js";

const MILLISECOND_NS = 1_000_000n;
const SECOND_NS = 1_000_000_000n;

/** RFC 3339 as Go reads it; undefined: it is none. */
export function parseTimestamp(text: string): Result | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const [, , , , , , , fraction = "", sign, offsetHours = "0", offsetMinutes = "0"] = match;
  if (Number(offsetHours) > 24 || Number(offsetMinutes) > 60) return undefined;
  const offset = (sign === "-" ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  const seconds = civilSeconds(year, month, day) + BigInt(hour * 3600 + minute * 60 + second - offset * 60);
  return timestampOrOverflow(seconds * SECOND_NS + BigInt(fraction.slice(0, 9).padEnd(9, "0")), offset);
}

function civilSeconds(year: number, month: number, day: number): bigint {
  const at = new Date(Date.UTC(2000, month - 1, day));
  at.setUTCFullYear(year, month - 1, day);
  return BigInt(at.getTime()) / 1000n;
}
const daysIn = (year: number, month: number): number => {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] as number;
};

export function formatTimestamp(at: Timestamp): string {
  const shifted = at.ns + BigInt(at.offsetMinutes) * 60n * SECOND_NS;
  const nanoseconds = ((shifted % SECOND_NS) + SECOND_NS) % SECOND_NS;
  const date = new Date(Number((shifted - nanoseconds) / MILLISECOND_NS));
  const fraction = nanoseconds === 0n ? "" : `.${nanoseconds.toString().padStart(9, "0").replace(/0+$/, "")}`;
  const two = (n: number): string => String(n).padStart(2, "0");
  const offset = Math.abs(at.offsetMinutes);
  const zone = offset === 0 ? "Z" : `${at.offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(offset / 60))}:${two(offset % 60)}`;
  return `${String(date.getUTCFullYear()).padStart(4, "0")}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}T${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}${fraction}${zone}`;
}

/** "5400s": seconds as a double prints them, without exponent. */
export function formatSeconds(duration: Duration): string {
  const seconds = Number(duration.ns / SECOND_NS) + Number(duration.ns % SECOND_NS) / 1e9;
  const text = String(seconds);
  if (!text.includes("e")) return `${text}s`;
  return `${seconds.toFixed(20).replace(/0+$/, "")}s`;
}

/** The moment's clock in a zone, as a Date whose UTC fields are the zone's. */
function inZone(at: Timestamp, zone: string): Date | CelError {
  const milliseconds = at.ns >= 0n || at.ns % MILLISECOND_NS === 0n ? at.ns / MILLISECOND_NS : at.ns / MILLISECOND_NS - 1n;
  const utc = Number(milliseconds);
  if (zone === "" || zone === "UTC") return new Date(utc);
  const colon = zone.indexOf(":");
  if (colon === -1) return inNamedZone(utc, zone);
  const [hours, minutes] = [zone.slice(0, colon), zone.slice(colon + 1)];
  for (const part of [hours, minutes]) {
    if (!/^[+-]?\d+$/.test(part)) return new CelError(`strconv.Atoi: parsing "${part}": invalid syntax`);
  }
  const offset = zone.startsWith("-") ? Number(hours) * 60 - Number(minutes) : Number(hours) * 60 + Number(minutes);
  return new Date(utc + offset * 60_000);
}

function inNamedZone(utc: number, zone: string): Date | CelError {
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    } as Intl.DateTimeFormatOptions);
    const parts = new Map(format.formatToParts(new Date(utc)).map((part) => [part.type, part.value]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name) ?? 0);
    const year = parts.get("era") === "BC" ? 1 - part("year") : part("year");
    const local = new Date(Date.UTC(2000, part("month") - 1, part("day"), part("hour"), part("minute"), part("second")));
    local.setUTCFullYear(year, part("month") - 1, part("day"));
    return new Date(local.getTime() + (((utc % 1000) + 1000) % 1000));
  } catch {
    return new CelError(`unknown time zone ${zone}`);
  }
}

const dayOfYear = (date: Date): number => {
  const start = new Date(date.getTime());
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
};

const PARTS: readonly (readonly [string, string, (date: Date) => number])[] = [
  ["getFullYear", "timestamp_to_year", (date) => date.getUTCFullYear()],
  ["getMonth", "timestamp_to_month", (date) => date.getUTCMonth()],
  ["getDayOfYear", "timestamp_to_day_of_year", dayOfYear],
  ["getDayOfMonth", "timestamp_to_day_of_month", (date) => date.getUTCDate() - 1],
  ["getDate", "timestamp_to_day_of_month_1_based", (date) => date.getUTCDate()],
  ["getDayOfWeek", "timestamp_to_day_of_week", (date) => date.getUTCDay()],
  ["getHours", "timestamp_to_hours_tz", (date) => date.getUTCHours()],
  ["getMinutes", "timestamp_to_minutes", (date) => date.getUTCMinutes()],
  ["getSeconds", "timestamp_to_seconds", (date) => date.getUTCSeconds()],
  ["getMilliseconds", "timestamp_to_milliseconds", (date) => date.getUTCMilliseconds()],
];
const DURATION_PARTS: Readonly<Record<string, bigint>> = {
  getHours: 3_600n * SECOND_NS,
  getMinutes: 60n * SECOND_NS,
  getSeconds: SECOND_NS,
  getMilliseconds: MILLISECOND_NS,
};

function part(id: string, read: (date: Date) => number): readonly Overload[] {
  const run = (at: CelValue, zone: CelValue = "UTC"): Result => {
    const date = inZone(at as Timestamp, zone as string);
    return date instanceof CelError ? date : BigInt(read(date));
  };
  return [
    member(id, [TIMESTAMP], INT, (at) => run(at as CelValue)),
    member(`${id}_with_tz`, [TIMESTAMP, STRING], INT, (at, zone) => run(at as CelValue, zone)),
  ];
}

export const TIMES: readonly FunctionRow[] = PARTS.map(([name, id, read]) => {
  const unit = DURATION_PARTS[name];
  const ofDuration = unit === undefined ? [] : [member(`duration_${id}`, [DURATION], INT, (value) => (value as Duration).ns / unit)];
  return { name, overloads: [...part(id, read), ...ofDuration] };
});
