import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalTime, formatDuration, formatTime, parseDuration, parseTime } from "../../../src/kube/meta/index.js";

test.each([
  ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  ["2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"],
  ["2026-01-01T00:00:00.999Z", "2026-01-01T00:00:00Z"],
  ["2024-02-29T23:59:59-01:00", "2024-03-01T00:59:59Z"],
  ["0001-01-01T00:00:00Z", null],
  ["2026-02-29T00:00:00Z", undefined],
  ["2026-01-01T24:00:00Z", undefined],
  ["2026-01-01", undefined],
  ["2026-01-01T00:00:00", undefined],
  ["today", undefined],
])("time %s is %s", (given, canonical) => expect(canonicalTime(given, "time")).toBe(canonical));

test("a micro time has exactly six digits", () => {
  expect(canonicalTime("2026-01-01T01:00:00.000123+01:00", "microTime")).toBe("2026-01-01T00:00:00.000123Z");
  expect(canonicalTime("2026-01-01T00:00:00Z", "microTime")).toBeUndefined();
  expect(canonicalTime("2026-01-01T00:00:00.123Z", "microTime")).toBeUndefined();
});

test("any instant comes back from its text", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_799, max: 253_402_300_799 }), (seconds) => {
      expect(parseTime(String(formatTime({ seconds, nanoseconds: 0 }, "time")), "time")).toEqual({ seconds, nanoseconds: 0 });
    }),
  );
});

test.each([
  ["0", "0s"],
  ["90s", "1m30s"],
  ["1h", "1h0m0s"],
  ["1.5h", "1h30m0s"],
  ["100ms", "100ms"],
  ["1500us", "1.5ms"],
  ["-2m", "-2m0s"],
  ["1h2m3.004s", "1h2m3.004s"],
])("duration %s is %s", (given, printed) => expect(formatDuration(parseDuration(given) ?? -1n)).toBe(printed));

test.each(["", "5", "s", "1x", "1h-2m", "9999999h"])("%j is no duration", (text) => expect(parseDuration(text)).toBeUndefined());

test("any duration comes back from its text", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }), (ns) => {
      expect(parseDuration(formatDuration(ns))).toBe(ns);
    }),
  );
});
