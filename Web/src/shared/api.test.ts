import { afterEach, describe, expect, it, vi } from "vitest";
import { call, errorFrom } from "./api";

afterEach(() => vi.unstubAllGlobals());

describe("errorFrom", () => {
  it("keeps the gateway's words", () => {
    const body = { error: { message: "Too many.", code: "rate_limited", request_id: "r1" } };
    expect(errorFrom(429, body, "7", null)).toMatchObject({
      status: 429,
      code: "rate_limited",
      message: "Too many.",
      requestId: "r1",
      retryAfter: 7,
    });
  });

  it.each([undefined, null, "text", { error: "text" }, { error: { message: 5 } }])(
    "has words of its own for %j",
    (body) => {
      const error = errorFrom(502, body, null, "r2");
      expect(error.message).toContain("502");
      expect(error).toMatchObject({ code: "http_error", requestId: "r2", retryAfter: null });
    },
  );
});

describe("call", () => {
  const cut = () =>
    new Response(new ReadableStream({ start: (body) => body.error(new Error("cut")) }), { status: 401 });

  it("names the status of an answer that breaks off", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(cut()));
    await expect(call("/models", {}, null)).rejects.toMatchObject({ status: 401, code: "http_error" });
  });

  it("makes no refusal of an answer that was given up", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(cut()));
    await expect(call("/models", { signal: AbortSignal.abort() }, null)).rejects.toThrow("cut");
  });
});
