import { expect, it } from "vitest";
import { idOf, lineOf, Lines } from "./lines";

it("writes a request with the options as chat completions call them", () => {
  const line = lineOf("a/b.png", "data:image/png;base64,AA==", [
    ["model_id", "starter"],
    ["prompt", "a photo of"],
    ["num_beams", "3"],
  ]);
  expect(line.endsWith("\n")).toBe(true);
  expect(JSON.parse(line)).toEqual({
    custom_id: "a/b.png",
    method: "POST",
    url: "/v1/chat/completions",
    body: {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] }],
      model: "starter",
      caption_prefix: "a photo of",
      num_beams: "3",
    },
  });
});

it("names a picture by its place if its path is too long for an id", () => {
  expect(idOf("a/b.png", 7)).toBe("a/b.png");
  expect(idOf("x".repeat(257), 7)).toBe("picture 8");
});

it("begins another file when one is full, but never an empty one", async () => {
  const lines = new Lines();
  const large = "x".repeat(64_000_001);
  expect(lines.isFullFor(large)).toBe(false);
  lines.add("one\n");
  expect(lines.isFullFor("two\n")).toBe(false);
  expect(lines.isFullFor(large)).toBe(true);
  lines.add("two\n");
  expect(await lines.take().text()).toBe("one\ntwo\n");
  expect(lines.count).toBe(0);
});
