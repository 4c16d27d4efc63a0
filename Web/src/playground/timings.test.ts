import { expect, it } from "vitest";
import { duration, parseServerTiming, spansOf } from "./timings";

it("reads the header", () => {
  expect(parseServerTiming('queue;dur=0.697, decode;desc="of the picture";dur=2.6, gateway;dur=232.754, miss')).toEqual(
    {
      queue: 0.697,
      decode: 2.6,
      gateway: 232.754,
    },
  );
  expect(parseServerTiming(null)).toEqual({});
});

it("leaves the rest to gateway and network", () => {
  const spans = spansOf({ queue: 1, decode: 2, preprocess: 3, encode: 40, generate: 50 }, 100);
  expect(spans.map((span) => span.milliseconds)).toEqual([1, 2, 3, 40, 50, 4]);
  expect(spansOf(null, 12)).toEqual([{ name: "Gateway and network", milliseconds: 12 }]);
  expect(spansOf({ generate: 50 }, 40).at(-1)?.milliseconds).toBe(0);
});

it("writes durations", () => {
  expect([0.5, 12.3, 1234].map(duration)).toEqual(["0.5 ms", "12 ms", "1.23 s"]);
});
