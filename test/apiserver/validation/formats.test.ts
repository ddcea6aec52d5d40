import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCidr, formatIp, parseCidr, parseIp } from "../../../src/apiserver/validation/formats/ip.js";
import { configKey, envName, percent, portName } from "../../../src/apiserver/validation/formats/names.js";
import { canonicalIpErrors, cidrErrors, cidrWarnings, ipErrors, ipWarnings } from "../../../src/apiserver/validation/shared/addresses.js";
import { endpointIpErrors } from "../../../src/apiserver/validation/shared/endpoint-ip.js";

const details = (errors: readonly { readonly detail: string }[]) => errors.map((e) => e.detail);

describe("addresses", () => {
  const cases = [
    { name: "IPv4", text: "10.9.8.7", told: [] },
    { name: "IPv6 in any notation", text: "FE80:0:0:0:0:0:0:0abc", told: [] },
    { name: "an IPv4 address at the end of an IPv6 one", text: "64:ff9b::1.2.3.4", told: [] },
    { name: "leading zeros", text: "010.002.003.004", told: ["must not have leading 0s"] },
    { name: "a mapped address", text: "::ffff:1.2.3.4", told: ["must not be an IPv4-mapped IPv6 address"] },
    { name: "three octets", text: "1.2.3", told: ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] },
    { name: "two gaps", text: "1::2::3", told: ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] },
    { name: "a zone", text: "fe80::1%eth0", told: ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] },
    { name: "a gap for nothing", text: "1:2:3:4:5:6:7::8", told: ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] },
  ];
  test.each(cases)("$name", ({ text, told }) => expect(details(ipErrors("p", text))).toEqual(told));

  test("a bad address that the stored object has already is let through", () => {
    expect(ipErrors("p", "010.1.1.1", ["010.1.1.1"])).toEqual([]);
  });
  test("newer fields want the canonical form", () => {
    expect(details(canonicalIpErrors("p", "2001:DB8:0::1"))).toEqual(['must be in canonical form ("2001:db8::1")']);
  });
  test("a notation that is not canonical is warned of", () => {
    expect(ipWarnings("p", "2001:DB8::1")).toEqual([
      'p: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ]);
    expect(ipWarnings("p", "::ffff:1.2.3.4")).toEqual(['p: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"']);
  });
  test("what is written is read again as the same bytes", () => {
    const bytes = fc.oneof(...[4, 16].map((n) => fc.array(fc.constantFrom(0, 0, 1, 255), { minLength: n, maxLength: n })));
    fc.assert(
      fc.property(bytes, (b) => {
        expect(parseIp(formatIp(b))?.bytes).toEqual(b);
      }),
    );
  });
});

describe("blocks of addresses", () => {
  const cases = [
    { name: "a block", text: "10.9.8.0/24", told: [] },
    { name: "bits behind the prefix", text: "10.9.8.7/24", told: ["must not have bits set beyond the prefix length"] },
    { name: "a zero before the length", text: "10.9.8.0/024", told: ["must not have leading 0s in IP or prefix length"] },
    { name: "a length beyond the address", text: "10.0.0.0/33", told: ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"] },
    { name: "an address alone", text: "10.0.0.0", told: ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"] },
  ];
  test.each(cases)("$name", ({ text, told }) => expect(details(cidrErrors("p", text))).toEqual(told));
  test("bits behind the prefix are warned of, with both readings", () => {
    expect(cidrWarnings("p", "10.9.8.7/24")).toEqual([
      'p: CIDR value "10.9.8.7/24" is ambiguous in this context (should be "10.9.8.0/24" or "10.9.8.7/32"?)',
    ]);
  });
  test("a mapped block is written as what it maps", () => {
    expect(formatCidr(parseCidr("::ffff:10.1.0.0/112") as NonNullable<ReturnType<typeof parseCidr>>)).toBe("10.1.0.0/16");
  });
});

describe("addresses that no endpoint can have", () => {
  test.each(["0.0.0.0", "127.0.0.1", "169.254.1.1", "224.0.0.1", "::", "::1", "fe80::1", "ff02::1", "ff12::1"])("%s", (ip) => {
    expect(endpointIpErrors("p", ip)).toHaveLength(1);
  });
  test.each(["10.0.0.1", "224.0.1.1", "ff05::1", "2001:db8::1"])("%s can be one", (ip) => expect(endpointIpErrors("p", ip)).toEqual([]));
});

describe("names", () => {
  test("a port's name is told everything that is wrong with it", () => {
    expect(portName("-A--".padEnd(16, "9"))).toEqual([
      "must be no more than 15 characters",
      "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
      "must contain at least one letter (a-z)",
      "must not contain consecutive hyphens",
      "must not begin or end with a hyphen",
    ]);
  });
  test("a config key may not lead out of its directory", () => {
    expect(configKey("..")).toEqual(["must not be '..'"]);
    expect(configKey("..x")).toEqual(["must not start with '..'"]);
    expect(configKey("x..y")).toEqual([]);
  });
  test("a variable's name is any printable ASCII but the equals sign", () => {
    expect(envName("1 strange!name")).toEqual([]);
    for (const bad of ["a=b", "ä", "a\tb"]) expect(envName(bad)).toHaveLength(1);
  });
  test("a percentage has no sign and no fraction", () => {
    expect(percent("93%")).toEqual([]);
    for (const bad of ["-1%", "1.5%", "93"]) expect(percent(bad)).toHaveLength(1);
  });
});
