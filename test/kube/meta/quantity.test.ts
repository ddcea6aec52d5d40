import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addQuantities,
  asInt64,
  asMilli,
  asWhole,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QUANTITY_ERRORS,
  quantityOf,
  roundQuantityUp,
  subtractQuantities,
} from "../../../src/kube/meta/index.js";

describe("quantities are printed in the canonical form", () => {
  test.each([
    ["0", "0"],
    ["00", "0"],
    ["0.0", "0"],
    ["1", "1"],
    ["1000", "1k"],
    ["1500", "1500"],
    ["1.5", "1500m"],
    ["0.5", "500m"],
    [".5", "500m"],
    ["100m", "100m"],
    ["1000m", "1"],
    ["0.001", "1m"],
    ["0.0001", "100u"],
    ["0.1n", "1n"],
    ["1.5Gi", "1536Mi"],
    ["1024Ki", "1Mi"],
    ["1024Mi", "1Gi"],
    ["1025Mi", "1025Mi"],
    ["512", "512"],
    ["0.5Gi", "512Mi"],
    ["0.5Ki", "512"],
    ["1e3", "1e3"],
    ["1e2", "100"],
    ["1E", "1E"],
    ["12e6", "12e6"],
    ["5E3", "5E3"],
    ["-1.5Gi", "-1536Mi"],
    ["-100", "-100"],
    ["+5", "+5"],
    ["1.500", "1.500"],
    ["1.", "1."],
    ["9223372036854775807", "9223372036854775807"],
    ["16Ei", "9223372036854775807"],
    ["100000000000000000000", "100E"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
  ])("%s is %s", (given, printed) => expect(canonicalQuantity(given)).toBe(printed));

  test.each([
    ["", QUANTITY_ERRORS.format],
    ["abc", QUANTITY_ERRORS.format],
    ["1 Gi", QUANTITY_ERRORS.format],
    ["1.2.3", QUANTITY_ERRORS.format],
    ["1Gx", QUANTITY_ERRORS.format],
    ["1mm", QUANTITY_ERRORS.suffix],
    ["1ki", QUANTITY_ERRORS.suffix],
    ["1i", QUANTITY_ERRORS.suffix],
    ["1e99999999999", QUANTITY_ERRORS.suffix],
  ])("%j is refused: %s", (given, message) => expect(() => parseQuantity(given)).toThrow(message));
});

const anyText = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    fc.constantFrom("", ".5", ".125"),
    fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E2"),
  )
  .map((parts) => parts.join(""));

describe("any quantity", () => {
  test("keeps its value in print, and its print in print", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const q = parseQuantity(text);
        const printed = formatQuantity(q);
        expect(compareQuantities(parseQuantity(printed), q)).toBe(0);
        // A binary quantity that no power of 1024 divides is printed without a suffix, and then read as a decimal one: 1.953125Ki, 2000, 2k.
        const again = canonicalQuantity(printed);
        expect(canonicalQuantity(again)).toBe(again);
        if (!text.endsWith("i")) expect(again).toBe(printed);
      }),
    );
  });

  test("comes back from adding and taking away", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const [x, y] = [parseQuantity(a), parseQuantity(b)];
        expect(compareQuantities(subtractQuantities(addQuantities(x, y), y), x)).toBe(0);
      }),
    );
  });
});

test("rounding goes away from zero, and not at all where nothing is finer", () => {
  expect(formatQuantity(roundQuantityUp(parseQuantity("1001u"), -3))).toBe("2m");
  expect(formatQuantity(roundQuantityUp(parseQuantity("-1001u"), -3))).toBe("-2m");
  expect(formatQuantity(roundQuantityUp(parseQuantity("1.500"), -3))).toBe("1.500");
  expect(asWhole(parseQuantity("1100m"))).toBe(2n);
  expect(asMilli(parseQuantity("1.5"))).toBe(1500n);
});

test("64 bits: exactly or not at all", () => {
  expect(asInt64(parseQuantity("1Gi"))).toBe(1n << 30n);
  expect(asInt64(parseQuantity("100m"))).toBeUndefined();
  expect(asInt64(quantityOf(1n << 63n))).toBeUndefined();
});
