import { beforeEach, expect, it, vi } from "vitest";
import { beginAll, cancelEach } from "./starting";
import { begin, cancel, type Batch } from "./transport";

vi.mock(import("./transport"), async (original) => ({ ...(await original()), begin: vi.fn(), cancel: vi.fn() }));

const files = ["1", "2", "3"].map((id) => ({ id, quote: null }));

beforeEach(() => {
  vi.mocked(begin)
    .mockReset()
    .mockImplementation((file) => Promise.resolve(batchOf(file)));
  vi.mocked(cancel)
    .mockReset()
    .mockImplementation((id) => Promise.resolve(batchOf(id)));
});

it("starts no more batches once the job is cancelled, and cancels the one that was being started", async () => {
  const job = { folder: "holiday", files, batches: [] as Batch[], cancelled: false };
  vi.mocked(begin).mockImplementation((file) => {
    job.cancelled = file === "2";
    return Promise.resolve(batchOf(file));
  });
  await beginAll(job, () => undefined);
  expect(job.batches.map((batch) => batch.id)).toEqual(["1", "2"]);
  expect(cancelled()).toEqual(["2"]);
});

it("cancels the started batches if another can't be started", async () => {
  vi.mocked(begin).mockImplementation((file) =>
    file === "3" ? Promise.reject(new Error("too dear")) : Promise.resolve(batchOf(file)),
  );
  const job = { folder: "holiday", files, batches: [], cancelled: false };
  await expect(beginAll(job, () => undefined)).rejects.toThrow("too dear");
  await vi.waitFor(() => expect(cancelled()).toEqual(["1", "2"]));
});

it("cancels the other batches if one can't be cancelled", async () => {
  vi.mocked(cancel).mockRejectedValueOnce(new Error("out of reach"));
  const batches = [batchOf("1"), batchOf("2", "completed"), batchOf("3")];
  expect(await cancelEach(batches)).toBe("out of reach");
  expect(cancelled()).toEqual(["1", "3"]);
});

function cancelled(): string[] {
  return vi.mocked(cancel).mock.calls.map(([id]) => id);
}

function batchOf(id: string, status = "in_progress"): Batch {
  return { id, status, request_counts: { total: 1, completed: 0, failed: 0 }, cost_usd: 0 };
}
