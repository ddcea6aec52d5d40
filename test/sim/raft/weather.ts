import type { Random } from "../../../src/base/index.js";

/** Each in so many of a thousand ticks, or messages. Drawn anew for each seed: a calm world finds other bugs than a wild one. */
export interface Weather {
  readonly drop: number;
  readonly duplicate: number;
  readonly delayTicksMax: number;
  readonly hole: number;
  readonly crash: number;
  readonly restartTicksMax: number;
  readonly sync: number;
  readonly propose: number;
  readonly read: number;
  readonly change: number;
  readonly transfer: number;
  readonly checkpoint: number;
  readonly connectionLost: number;
  readonly pause: number;
  readonly coup: number;
  /** A leader that falls within moments of its election, in so many of a thousand. */
  readonly shortReign: number;
}

/** Elections that overlap: members that come back at once, messages that are late, leaders that get nothing done. */
function wildWeather(below: (bound: number) => number): Weather {
  return {
    drop: below(100),
    duplicate: below(50),
    delayTicksMax: 2 + below(8),
    hole: below(40),
    crash: below(20),
    restartTicksMax: 1 + below(20),
    sync: 300 + below(700),
    propose: 100 + below(500),
    read: below(100),
    change: 0,
    transfer: below(40),
    checkpoint: below(20),
    connectionLost: below(20),
    pause: 0,
    coup: 20 + below(50),
    shortReign: below(700),
  };
}

export function weather(random: Random, wild: boolean): Weather {
  const below = (bound: number): number => random.below(bound);
  if (wild || random.chance(1, 3)) return wildWeather(below);
  return {
    drop: below(2) * below(200),
    duplicate: below(100),
    delayTicksMax: 1 + below(8),
    hole: below(2) * below(15),
    crash: below(15),
    restartTicksMax: 80,
    sync: 100 + below(900),
    propose: 50 + below(500),
    read: below(300),
    change: below(2) * below(20),
    transfer: below(2) * below(10),
    checkpoint: below(60),
    connectionLost: below(10),
    pause: below(2) * below(5),
    coup: below(3),
    shortReign: 0,
  };
}
