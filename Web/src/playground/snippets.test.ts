import { expect, it } from "vitest";
import { languages, snippet, type Call } from "./snippets";

const call: Call = {
  origin: "http://localhost:8080",
  fileName: "cat.png",
  fields: [
    ["prompt", 'it\'s "a" photo'],
    ["num_beams", "3"],
  ],
  withKey: false,
  skipCache: false,
};

it("writes a line for curl", () => {
  expect(snippet("curl", call)).toBe(
    String.raw`curl 'http://localhost:8080/image-to-text' \
  -F 'image=@"cat.png"' \
  --form-string 'prompt=it'\''s "a" photo' \
  --form-string 'num_beams=3'`,
  );
});

it.each(languages)("tells in %s of a key by a variable alone, and only where there is one", (language) => {
  expect(snippet(language, call)).not.toContain("IMAGETOTEXT_API_KEY");
  expect(snippet(language, { ...call, withKey: true })).toContain("IMAGETOTEXT_API_KEY");
});

it.each(languages)("asks in %s for a fresh caption where the visitor did", (language) => {
  expect(snippet(language, call)).not.toMatch(/no-?cache/i);
  expect(snippet(language, { ...call, skipCache: true })).toMatch(/no-?cache/i);
});

it("gives JSON its types in Python", () => {
  const python = snippet("Python", {
    ...call,
    fields: [...call.fields, ["do_sample", "true"], ["top_p", "0.9"], ["seed", "007"]],
  });
  expect(python).toContain('"num_beams": 3,');
  expect(python).toContain('"do_sample": True,');
  expect(python).toContain('"top_p": 0.9,');
  expect(python).toContain('"seed": "007",');
});
