import { expect, it } from "vitest";
import { promptUseOf, promptWords } from "./prompts";

const models = {
  models: [
    { model_id: "starter", prompt_use: "continues" as const },
    { model_id: "org/chat", prompt_use: "follows" as const },
    { model_id: "org/foreign" },
  ],
  default_model_id: "starter",
};

it("takes the default's use while no model is chosen", () => {
  expect([promptUseOf(models, ""), promptUseOf(models, "org/chat")]).toEqual(["continues", "follows"]);
});

it("knows nothing of a model that doesn't say, nor before the models are there", () => {
  expect([promptUseOf(models, "org/foreign"), promptUseOf(models, "gone"), promptUseOf(null, "")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(promptWords(undefined)).toBeUndefined();
});

it("has words for each use", () => {
  expect(promptWords("none")?.hint).toContain("no prompt");
  expect(promptWords("follows")?.hint).toContain("question");
});
