import { expect, it } from "vitest";
import { level, percent, wordsOf, wordsOfSequence } from "./words";

it("puts pieces together to words and multiplies their probabilities", () => {
  const words = wordsOf([
    { text: "a", logProbability: 0 },
    { text: " skate", logProbability: Math.log(0.5) },
    { text: "board", logProbability: Math.log(0.5) },
    { text: ".", logProbability: Math.log(0.8) },
  ]);
  expect(words.map((word) => word.text)).toEqual(["a", "skateboard."]);
  expect(words[1]?.confidence).toBeCloseTo(0.2);
});

it("gives words of one piece its probability", () => {
  expect(wordsOf([{ text: "a red square", logProbability: null }])).toEqual([
    { text: "a", confidence: null },
    { text: "red", confidence: null },
    { text: "square", confidence: null },
  ]);
});

it("knows no confidence of the prompt", () => {
  const words = wordsOfSequence("a photo of cats", [" cat", "s"], [Math.log(0.5), 0, -3]);
  expect(words.map((word) => [word.text, word.confidence])).toEqual([
    ["a", null],
    ["photo", null],
    ["of", null],
    ["cats", 0.5],
  ]);
});

it("shows a text whose pieces are not told, or do not fit", () => {
  expect(wordsOfSequence("a cat", undefined, undefined).map((word) => word.text)).toEqual(["a", "cat"]);
  expect(wordsOfSequence("a cat", [" dog"], [-1])).toEqual([
    { text: "a", confidence: null },
    { text: "cat", confidence: null },
  ]);
});

it("says how sure a word is", () => {
  expect([0.9, 0.6, 0.3, 0.1].map(level)).toEqual(["high", "high", "middle", "low"]);
  expect([1, 0.456, 0.001, 0].map(percent)).toEqual(["100%", "46%", "<1%", "0%"]);
});
