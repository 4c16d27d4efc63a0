import { describe, expect, it } from "vitest";
import { age, bytes, day, localMinute, milliseconds, perMegapixel, plain, share, usd } from "./format";

describe("figures", () => {
  it.each([
    [0.000065536, "$0.000065536"],
    [0.000131072, "$0.000131072"],
    [0, "$0"],
    [12.5, "$12.5"],
    [1234.567891, "$1,234.57"],
  ])("%d USD is %s", (value, text) => expect(usd(value)).toBe(text));

  it.each([
    [2.5e-10, "0.00000000025"],
    [1e-18, "0.000000000000000001"],
    [3, "3"],
    [0, "0"],
    [1200, "1200"],
    [0.1, "0.1"],
  ])("%d is written %s", (value, text) => expect(plain(value)).toBe(text));

  it("compares prices by the megapixel", () => {
    expect(perMegapixel(2.5e-10)).toBe("$0.00025 / MP");
    expect(perMegapixel(undefined)).toBe("no rate");
  });

  it("shows a moment in the reader's time", () => {
    const shown = localMinute("2026-07-01T10:20:30Z");
    expect(shown).toMatch(/^2026-0[67]-\d\dT\d\d:\d\d$/);
    expect(new Date(shown).toISOString()).toBe("2026-07-01T10:20:00.000Z");
  });

  it("says how long and how much", () => {
    expect([milliseconds(undefined), milliseconds(4.25), milliseconds(420), milliseconds(1500)]).toEqual([
      "–",
      "4.3 ms",
      "420 ms",
      "1.5 s",
    ]);
    expect([bytes(512), bytes(1_500_000), bytes(64_000_000)]).toEqual(["512 B", "1.5 MB", "64 MB"]);
    expect([share(1, 3), share(0, 0)]).toEqual(["33.3 %", "–"]);
    expect([age(12), age(300), age(3 * 3600), age(5 * 86_400)]).toEqual(["12 s", "5 min", "3 h", "5 d"]);
    expect(day(1, Date.UTC(2026, 0, 1, 12))).toBe("2025-12-31");
  });
});
