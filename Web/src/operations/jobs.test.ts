import { expect, test } from "vitest";
import { failuresOf, placeOf } from "./jobs";

test("a job says where its pictures are", () => {
  expect(placeOf({ folder: "photos/2026" })).toBe("photos/2026");
  expect(placeOf({ bucket: "library", prefix: "2026/" })).toBe("s3://library/2026/");
  expect(placeOf({ bucket: "library" })).toBe("s3://library/");
  expect(placeOf({})).toBeUndefined();
});

test("the most frequent failure comes first", () => {
  expect(failuresOf({ failures: { not_found: 2, invalid_request: 5 } })).toEqual([
    ["invalid_request", 5],
    ["not_found", 2],
  ]);
});
