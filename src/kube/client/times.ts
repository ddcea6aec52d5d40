import { formatTime, parseTime, type TimePrecision } from "../meta/index.js";

const text = (ms: number, precision: TimePrecision): string => {
  const seconds = Math.floor(ms / 1_000);
  return formatTime({ seconds, nanoseconds: Math.floor((ms - seconds * 1_000) * 1_000_000) }, precision) as string;
};
/** Wall milliseconds as metav1.Time. */
export const timeText = (ms: number): string => text(ms, "time");
/** Wall milliseconds as MicroTime. */
export const microTimeText = (ms: number): string => text(ms, "microTime");
/** Wall milliseconds of a time that the server wrote; undefined when there is none. */
export function msOf(time: string | null | undefined): number | undefined {
  if (time === null || time === undefined) return undefined;
  const at = parseTime(time, "time");
  return at === undefined ? undefined : at.seconds * 1_000 + Math.floor(at.nanoseconds / 1_000_000);
}
