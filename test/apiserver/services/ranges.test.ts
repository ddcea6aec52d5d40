import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { candidateIps, candidatePorts, dryRunPort, outside } from "../../../src/apiserver/services/ranges.js";

const OTHER = "the provided network does not match the current range";
test.each([
  ["10.96.0.1", undefined],
  ["10.96.255.254", undefined],
  ["10.96.0.0", OTHER],
  ["10.96.255.255", OTHER],
  ["10.95.255.255", OTHER],
  ["10.97.0.0", OTHER],
  ["fd00::1", OTHER],
  ["", OTHER],
])("the address %s as a service's: %s", (ip, why) => {
  expect(outside(ip, false)).toBe(why);
  const named = `the provided IP (${ip}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`;
  expect(outside(ip, true)).toBe(why === undefined ? undefined : named);
});

test("addresses to try are usable, the random ones above the static band, and every one comes", () => {
  const ips = [...candidateIps(100)];
  expect(ips.filter((ip) => outside(ip, false) !== undefined)).toEqual([]);
  expect(ips.slice(0, 100).filter((ip) => /^10\.96\.0\./.test(ip))).toEqual([]);
  expect(new Set(ips).size).toBe(65_534);
});

test("node ports to try are in the range, and every one comes", () => {
  const ports = [...candidatePorts(100)];
  expect([Math.min(...ports), Math.max(...ports), new Set(ports).size]).toEqual([30_000, 32_767, 2_768]);
});

describe("the node port that a dry run shows", () => {
  test("is outside the range when the service names none", () => expect(dryRunPort([])).toBe(32_769));
  test("is none that the service names", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 30_000, max: 32_767 })), (named) => !named.includes(dryRunPort(named))));
  });
});
