import { expect, it } from "vitest";
import { secondsLeft, withSample, type Sample } from "./pace";

it("goes by the last minute", () => {
  let samples: Sample[] = [];
  for (const [at, done] of [
    [0, 0],
    [50_000, 1],
    [100_000, 51],
  ] as const) {
    samples = withSample(samples, { at, done });
  }
  expect(samples.length).toBe(2);
  expect(secondsLeft(samples, 101)).toBe(50);
});

it("says nothing before something was done", () => {
  expect(secondsLeft([], 10)).toBeNull();
  expect(secondsLeft([{ at: 0, done: 3 }], 10)).toBeNull();
});
