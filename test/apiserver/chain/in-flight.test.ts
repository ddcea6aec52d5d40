import { expect, test } from "vitest";
import { InFlight, requestInfo } from "../../../src/apiserver/chain/index.js";

const READ = requestInfo("GET", "/api/v1/pods");
const WRITE = requestInfo("POST", "/api/v1/namespaces/shop/pods");

test.each([
  ["reads", READ, WRITE, 400],
  ["writes", WRITE, READ, 200],
] as const)("too many %s are refused, the others not; one that ends makes room", (_, info, other, limit) => {
  const flight = new InFlight();
  const leave = Array.from({ length: limit }, () => flight.enter(info));
  expect(() => flight.enter(info)).toThrow("Too many requests, please try again later.");
  expect(() => flight.enter(other)).not.toThrow();
  leave[0]?.();
  expect(() => flight.enter(info)).not.toThrow();
  expect(() => flight.enter(info)).toThrow();
});

test.each(["/api/v1/pods?watch=1", "/api/v1/namespaces/s/pods/p/log", "/api/v1/namespaces/s/pods/p/exec"])(
  "%s lasts and is not counted",
  (url) => {
    const flight = new InFlight();
    for (let i = 0; i < 500; i++) flight.enter(requestInfo("GET", url));
    expect([flight.reads, flight.writes]).toEqual([0, 0]);
  },
);
