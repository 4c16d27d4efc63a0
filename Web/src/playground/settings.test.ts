import { expect, it } from "vitest";
import { fieldsOf, initialSettings } from "./settings";

it("sends only what is set", () => {
  expect(fieldsOf(initialSettings)).toEqual([["num_beams", "1"]]);
  expect(fieldsOf({ ...initialSettings, beams: "", prompt: " a photo of ", minNewTokens: "3" })).toEqual([
    ["prompt", "a photo of"],
    ["min_new_tokens", "3"],
  ]);
});

it("sends what belongs to sampling only with sampling", () => {
  const settings = { ...initialSettings, temperature: "0.7", topK: "40", seed: "1" };
  expect(fieldsOf(settings)).toEqual([["num_beams", "1"]]);
  expect(fieldsOf({ ...settings, sample: true }).map(([name]) => name)).toEqual([
    "num_beams",
    "do_sample",
    "temperature",
    "top_k",
    "seed",
  ]);
});

it("searches as many beams as alternatives are asked for", () => {
  expect(Object.fromEntries(fieldsOf({ ...initialSettings, sequences: "4" }))).toMatchObject({
    num_beams: "4",
    num_return_sequences: "4",
  });
  expect(Object.fromEntries(fieldsOf({ ...initialSettings, sequences: "4", sample: true }))).toMatchObject({
    num_beams: "1",
  });
});
