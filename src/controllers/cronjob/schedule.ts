/** When a cron job is due: five fields, or one of the names for them, in some place's time. */
export type Schedule =
  | { readonly kind: "every"; readonly ms: number }
  | {
      readonly kind: "fields";
      readonly minutes: ReadonlySet<number>;
      readonly hours: ReadonlySet<number>;
      readonly days: ReadonlySet<number>;
      readonly months: ReadonlySet<number>;
      readonly weekdays: ReadonlySet<number>;
      /** Of day of month and day of week: with one left open both must fit, else either is enough. */
      readonly either: boolean;
    };

const NAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MONTHS = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A schedule that has no time in so many years has none: the 31st of February. */
const YEARS_MAX = 5;

/** Undefined: the apiserver has let through what is no schedule. */
export function parseSchedule(given: string): Schedule | undefined {
  const text = given.trim().replace(/^(?:TZ|CRON_TZ)=\S+\s+/, "");
  const every = /^@every\s+((?:\d+(?:\.\d+)?(?:h|ms|m|s))+)$/.exec(text)?.[1];
  if (every !== undefined) {
    const parts = [...every.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
    const ms = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ""] ?? 0), 0);
    return { kind: "every", ms: Math.max(1_000, Math.floor(ms / 1_000) * 1_000) };
  }
  const fields = (NAMES[text.toLowerCase()] ?? text).split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const minutes = field(minute, 0, 59);
  const hours = field(hour, 0, 23);
  const days = field(day, 1, 31);
  const months = field(month, 1, 12, MONTHS);
  const weekdays = field(weekday, 0, 7, WEEKDAYS);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  const isOpen = (f: string): boolean => /^[*?]/.test(f);
  return { kind: "fields", minutes, hours, days, months, weekdays, either: !isOpen(day) && !isOpen(weekday) };
}
function field(text: string, min: number, max: number, names: readonly string[] = []): Set<number> | undefined {
  const found = new Set<number>();
  const number = (word: string): number => {
    const named = names.indexOf(word.toLowerCase());
    return word !== "" && named >= 0 ? named : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  };
  for (const part of text.split(",")) {
    const [range = "", stepText] = part.split("/");
    const step = stepText === undefined ? 1 : number(stepText);
    const [from = "", to] = range.split("-");
    const isOpen = range === "*" || range === "?";
    const low = isOpen ? min : number(from);
    const high = isOpen ? max : to !== undefined ? number(to) : stepText === undefined ? low : max;
    if (!(low >= min && high <= max && low <= high && step >= 1)) return undefined;
    for (let n = low; n <= high; n += step) found.add(n);
  }
  return found;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();
/** Local minus universal time, in milliseconds. Throws RangeError for a place that is none. */
export function offsetAt(ms: number, zone: string): number {
  if (zone === "" || zone === "UTC") return 0;
  let format = FORMATS.get(zone);
  if (format === undefined) {
    const part = "2-digit" as const;
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: part,
      day: part,
      hour: part,
      minute: part,
      second: part,
    });
    FORMATS.set(zone, format);
  }
  const parts = new Map(format.formatToParts(ms).map((p) => [p.type, Number(p.value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.floor(ms / 1_000) * 1_000;
}

/** The first time after `afterMs`; undefined: never. */
export function nextTime(schedule: Schedule, afterMs: number, zone: string): number | undefined {
  if (schedule.kind === "every") return Math.floor(afterMs / 1_000) * 1_000 + schedule.ms;
  const endMs = afterMs + YEARS_MAX * 366 * 24 * HOUR_MS;
  let at = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  while (at < endMs) {
    const offset = offsetAt(at, zone);
    const local = new Date(at + offset);
    // Back to universal time: with the offset that holds there.
    const jump = (y: number, m: number, d: number): number => {
      const wall = Date.UTC(y, m, d);
      return Math.max(wall - offsetAt(wall - offset, zone), at + MINUTE_MS);
    };
    const [y, m, d] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
    if (!schedule.months.has(m + 1)) at = jump(y, m + 1, 1);
    else if (!dayFits(schedule, d, local.getUTCDay())) at = jump(y, m, d + 1);
    else if (!schedule.hours.has(local.getUTCHours())) at += HOUR_MS - ((at + offset) % HOUR_MS);
    else if (!schedule.minutes.has(local.getUTCMinutes())) at += MINUTE_MS;
    else return at;
  }
  return undefined;
}
function dayFits(schedule: Schedule & { readonly kind: "fields" }, day: number, weekday: number): boolean {
  const [byDay, byWeekday] = [schedule.days.has(day), schedule.weekdays.has(weekday)];
  return schedule.either ? byDay || byWeekday : byDay && byWeekday;
}
