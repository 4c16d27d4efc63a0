import { expect, it } from "vitest";
import { digits } from "./prices";

it.each([
  ["0.0000000003", "0.0000000003"],
  [" 3e-10 ", "3e-10"],
  [".5", "0.5"],
  ["007", "7"],
  ["0", "0"],
  ["00.5", "0.5"],
])("%j goes out as %s", (typed, sent) => {
  expect(digits(typed)).toBe(sent);
  expect(() => void JSON.parse(sent)).not.toThrow();
});
