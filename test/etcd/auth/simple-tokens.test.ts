import { describe, expect, test } from "vitest";
import { indexOfToken, SimpleTokens, simpleToken } from "../../../src/etcd/auth/index.js";

describe("simple tokens", () => {
  test("live for their time from the last use on", () => {
    const tokens = new SimpleTokens(1_000);
    tokens.assign("t.1", "ann", 0);
    expect(tokens.userOf("t.1", 900)).toBe("ann");
    expect(tokens.userOf("t.1", 1_800)).toBe("ann");
    expect(tokens.userOf("t.1", 2_801)).toBeUndefined();
    tokens.sweep(2_801);
    expect(tokens.count).toBe(0);
  });

  test("end with their user, and all of them when auth is switched off", () => {
    const tokens = new SimpleTokens(1_000);
    for (const [token, user] of [
      ["a.1", "ann"],
      ["b.2", "bob"],
      ["c.3", "ann"],
    ] as const)
      tokens.assign(token, user, 0);
    tokens.forgetUser("ann");
    expect([tokens.userOf("a.1", 1), tokens.userOf("b.2", 1), tokens.userOf("c.3", 1)]).toEqual([undefined, "bob", undefined]);
    tokens.forgetAll();
    expect(tokens.count).toBe(0);
  });

  test("say at which index of the log they were made", () => {
    expect(indexOfToken(simpleToken("abcdefghijklmnop", 42))).toBe(42);
    for (const none of ["", "x", "x.", "x.y", "x.1.2", "x.-1", "x.99999999999999999"]) expect(indexOfToken(none)).toBeUndefined();
  });
});
