/** Go's durations: nanoseconds in 64 bits, printed as "1h0m0.5s". */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const PART = /(\d*)(?:\.(\d*))?([a-zµμ]+)/y;
const NANOSECONDS_MAX = (1n << 63n) - 1n;

/** Nanoseconds, or undefined when it is no duration. */
export function parseDuration(text: string): bigint | undefined {
  const negative = text.startsWith("-");
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0n;
  let at = 0;
  let total = 0n;
  while (at < body.length) {
    PART.lastIndex = at;
    const match = PART.exec(body);
    const unit = UNITS.get(match?.[3] ?? "");
    if (match === null || unit === undefined) return undefined;
    const [, whole = "", fraction = ""] = match;
    if (whole === "" && fraction === "") return undefined;
    total += BigInt(whole || "0") * unit + (BigInt(fraction.slice(0, 18) || "0") * unit) / 10n ** BigInt(Math.min(fraction.length, 18));
    at = PART.lastIndex;
  }
  if (body === "" || total > NANOSECONDS_MAX) return undefined;
  return negative ? -total : total;
}

/** `value` of units of which there are `size` in the next larger one: "1.5", no trailing zeros. */
function decimal(value: bigint, size: bigint): string {
  const rest = value % size;
  if (rest === 0n) return `${value / size}`;
  return `${value / size}.${rest
    .toString()
    .padStart(size.toString().length - 1, "0")
    .replace(/0+$/, "")}`;
}

export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  if (nanoseconds < 0n) return `-${formatDuration(-nanoseconds)}`;
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 1_000n)}µs`;
  if (nanoseconds < 1_000_000_000n) return `${decimal(nanoseconds, 1_000_000n)}ms`;
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
