/** metav1.Time ("time": seconds) and MicroTime ("microTime": microseconds): RFC 3339 in UTC. */
export type TimePrecision = "time" | "microTime";
/** Since 1970, negative before; nanoseconds always 0 to 999,999,999. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const LAYOUTS = { time: "2006-01-02T15:04:05Z07:00", microTime: "2006-01-02T15:04:05.000000Z07:00" } as const;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(Z|([+-])(\d\d):(\d\d))$/;
const CANONICAL = {
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  microTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/,
} as const;
/** 0001-01-01T00:00:00Z: the zero time, printed as null. */
const ZERO_SECONDS = -62_135_596_800;

/** Go's words for a time that is none. */
export const timeError = (text: string, precision: TimePrecision): string => {
  const layout = LAYOUTS[precision];
  return `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(text)} as "2006"`;
};

const daysOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
function utcSeconds(year: number, month: number, day: number): number {
  // Date.UTC takes years below 100 for 1900 and more.
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 1000;
}

/** Undefined: no RFC 3339 time. MicroTime wants exactly six digits behind the point, as Go's layout does. */
export function parseTime(text: string, precision: TimePrecision): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const fraction = match[7] ?? "";
  if (precision === "microTime" && fraction.length !== 6) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(2000 + (year % 400), month)) return undefined;
  const offset = (Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0)) * (match[9] === "-" ? -60 : 60);
  if (hour > 23 || minute > 59 || second > 59 || Number(match[10] ?? 0) > 24 || Number(match[11] ?? 0) > 59) return undefined;
  const seconds = utcSeconds(year, month, day) + hour * 3600 + minute * 60 + second - offset;
  return { seconds, nanoseconds: Number(fraction.slice(0, 9).padEnd(9, "0")) };
}

/** null is the zero time. */
export function formatTime(at: Instant, precision: TimePrecision): string | null {
  if (at.seconds === ZERO_SECONDS && at.nanoseconds === 0) return null;
  const iso = new Date(at.seconds * 1000).toISOString().slice(0, 19);
  if (precision === "time") return `${iso}Z`;
  return `${iso}.${String(Math.floor(at.nanoseconds / 1000)).padStart(6, "0")}Z`;
}

/** The normal form of a time's text; undefined: it is none. */
export function canonicalTime(text: string, precision: TimePrecision): string | null | undefined {
  const at = parseTime(text, precision);
  if (at === undefined) return undefined;
  if (CANONICAL[precision].test(text) && at.seconds !== ZERO_SECONDS) return text;
  const years = at.seconds >= ZERO_SECONDS - 31_622_400 && at.seconds < 253_402_300_800 + 86_400;
  return years ? formatTime(at, precision) : undefined;
}
