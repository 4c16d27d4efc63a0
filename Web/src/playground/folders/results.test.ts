import { expect, it } from "vitest";
import { csvOf, failedAsAWhole, failuresOf, jsonLinesOf, resultsOf } from "./results";

const file = [
  { custom_id: "1", response: { body: { choices: [{ message: { content: 'a "cat"' } }] } }, error: null },
  {
    custom_id: "2",
    response: { body: { choices: [{ message: { content: "x" } }, { message: { content: "y" } }] } },
    error: null,
  },
  { custom_id: "3", response: { body: { error: { code: "invalid_image", message: "It is damaged." } } }, error: null },
  { custom_id: "4", response: null, error: { code: "batch_expired", message: "It was not tried." } },
]
  .map((line) => JSON.stringify(line) + "\n")
  .join("");

const results = resultsOf(file, (id) => `=folder/${id}.png`);

it("reads captions and errors", () => {
  expect(results).toEqual([
    { picture: "=folder/1.png", caption: 'a "cat"', error: null },
    { picture: "=folder/2.png", caption: "x", captions: ["x", "y"], error: null },
    { picture: "=folder/3.png", caption: null, error: { code: "invalid_image", message: "It is damaged." } },
    { picture: "=folder/4.png", caption: null, error: { code: "batch_expired", message: "It was not tried." } },
  ]);
  expect(failuresOf(results)).toEqual([
    ["invalid_image", 1],
    ["batch_expired", 1],
  ]);
});

it("gives the pictures of a batch that failed as a whole its error", () => {
  const known = { picture: "1.png", caption: "a cat", error: null };
  const error = { code: "invalid_option", message: "'num_beams' is too large." };
  expect(failedAsAWhole(["1.png", "2.png"], [known], error)).toEqual([{ picture: "2.png", caption: null, error }]);
  expect(failuresOf(failedAsAWhole(["1.png", "2.png"], [], undefined))).toEqual([["batch_failed", 2]]);
});

it("writes lines that can be read again", () => {
  expect(
    jsonLinesOf(results)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(results);
});

it("writes rows that no spreadsheet runs", () => {
  expect(csvOf(results).split("\r\n").slice(0, 2)).toEqual(["picture,caption,error", `'=folder/1.png,"a ""cat""",`]);
});
