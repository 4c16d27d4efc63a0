import { expect, it } from "vitest";
import { colourOf, nameOf, pointsOf, type Region } from "./regions";

const box = (label: string): Region => ({ label, left: 1, top: 2, right: 30, bottom: 40.5 });

it("goes around a box", () => {
  expect(pointsOf(box("dog"))).toBe("1,2 30,2 30,40.5 1,40.5");
});

it("follows an outline where there is one", () => {
  const outline = [
    [1, 2],
    [3, 4],
    [5, 6],
  ] as const;
  expect(pointsOf({ ...box("dog"), outline })).toBe("1,2 3,4 5,6");
});

it("numbers what has no name", () => {
  expect([box("dog"), box("")].map(nameOf)).toEqual(["dog", "region 2"]);
});

it("gives a label one colour, and what has no label one each", () => {
  const dogs = [box("dog"), box("cat"), box("dog")];
  expect(dogs.map((_, index) => colourOf(dogs, index))).toEqual([1, 2, 1]);
  const nameless = Array.from({ length: 7 }, () => box(""));
  expect(nameless.map((_, index) => colourOf(nameless, index))).toEqual([1, 2, 3, 4, 5, 6, 1]);
});
