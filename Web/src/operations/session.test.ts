import { expect, it } from "vitest";
import { joined } from "./session";

it("gives every second its place and keeps the last five minutes", () => {
  const second = { ...joined([], { until: 1000, seconds: [] })[299], at: 1000, captions: 4 };
  const first = joined([], { until: 1000, seconds: [second as never] });
  expect(first).toHaveLength(300);
  expect(first.at(-1)).toMatchObject({ at: 1000, captions: 4 });
  const later = joined(first, { until: 1003, seconds: [] });
  expect(later.map((entry) => entry.at)).toEqual(first.map((entry) => entry.at + 3));
  expect(later.at(-4)).toMatchObject({ at: 1000, captions: 4 });
  expect(later.at(-1)).toMatchObject({ at: 1003, captions: 0 });
});
