import { expect, it } from "vitest";
import { fieldsOf, initialSettings } from "./settings";

const asked = (values: Record<string, string>) =>
  fieldsOf({ ...initialSettings, values: { ...initialSettings.values, ...values } });

it("sends only what is set", () => {
  expect(fieldsOf(initialSettings)).toEqual([["num_beams", "1"]]);
  expect(asked({ num_beams: "", prompt: " a photo of ", min_new_tokens: "3" })).toEqual([
    ["prompt", "a photo of"],
    ["min_new_tokens", "3"],
  ]);
  expect(asked({ early_stopping: "never", suppress_defect_words: "false" })).toEqual([
    ["num_beams", "1"],
    ["early_stopping", "never"],
    ["suppress_defect_words", "false"],
  ]);
  expect(asked({ suppress_defect_words: "true", early_stopping: "" })).toEqual([["num_beams", "1"]]);
});

it("sends what belongs to sampling only with sampling", () => {
  const values = { temperature: "0.7", top_k: "40", seed: "1" };
  expect(asked(values)).toEqual([["num_beams", "1"]]);
  expect(asked({ ...values, do_sample: "true" }).map(([name]) => name)).toEqual([
    "num_beams",
    "do_sample",
    "temperature",
    "top_k",
    "seed",
  ]);
});

it("searches as many beams as alternatives are asked for", () => {
  expect(Object.fromEntries(asked({ num_return_sequences: "4" }))).toMatchObject({
    num_beams: "4",
    num_return_sequences: "4",
  });
  expect(Object.fromEntries(asked({ num_return_sequences: "4", do_sample: "true" }))).toMatchObject({
    num_beams: "1",
  });
});
