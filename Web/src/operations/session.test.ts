import { afterEach, expect, it, vi } from "vitest";
import { storeKey } from "../shared/key";
import { ask, joined } from "./session";

afterEach(() => vi.unstubAllGlobals());

it("ends the session with the first refusal of its key, and with none of an earlier key", async () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (place: string) => kept.get(place) ?? null,
    setItem: (place: string, key: string) => kept.set(place, key),
    removeItem: (place: string) => kept.delete(place),
  });
  const refusals: string[] = [];
  const page = new EventTarget();
  page.addEventListener("operator-refused", (event) => {
    refusals.push((event as CustomEvent<Error>).detail.message);
    storeKey("", "operator-key");
  });
  vi.stubGlobal("window", page);
  const answers: ((answer: Response) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((answer) => answers.push(answer)));
  storeKey("revoked", "operator-key");
  const asked = ["/operations/live", "/operations/keys", "/operations/jobs"].map((path) => ask(path));

  const said = (message: string) => new Response(JSON.stringify({ error: { message } }), { status: 401 });
  answers[0]?.(said("The key was revoked."));
  await expect(asked[0]).rejects.toThrow("revoked");
  answers[1]?.(said("Another word."));
  await expect(asked[1]).rejects.toThrow("Another");
  storeKey("new", "operator-key");
  answers[2]?.(said("Too late."));
  await expect(asked[2]).rejects.toThrow("late");

  expect(refusals).toEqual(["The key was revoked."]);
});

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
