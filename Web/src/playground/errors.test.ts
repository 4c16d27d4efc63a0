import { expect, it } from "vitest";
import { ApiError } from "../shared/api";
import { titleOf, waitOf } from "./errors";

it.each([
  [402, "budget_exhausted", "The budget is spent"],
  [402, "price_above_cap", "Every offer is above the price cap"],
  [413, "image_too_large", "The picture is too large"],
  [415, "unsupported_image", "This is not a picture that can be read"],
  [422, "invalid_image", "The picture is damaged"],
  [422, "invalid_parameter", "An option has a value that can't be used"],
  [429, "rate_limited", "Too much at once"],
  [418, "teapot", "The caption failed"],
])("has plain words for %i %s", (status, code, title) => {
  expect(titleOf(new ApiError(status, code, ""))).toBe(title);
});

it("says when to come back", () => {
  expect(waitOf(new ApiError(429, "overloaded", "", null, 7))).toBe("Try again in 7 seconds.");
  expect(waitOf(new ApiError(429, "overloaded", "", null, 1))).toBe("Try again in a second.");
  expect(waitOf(new ApiError(402, "budget_exhausted", ""))).toBeNull();
});
