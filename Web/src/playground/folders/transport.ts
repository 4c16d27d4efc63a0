import { call, callJson } from "../../shared/api";
import { endpoint } from "./lines";

/** What a job will cost. */
export interface Quote {
  readonly least_usd: number;
  readonly most_usd: number;
  readonly pixels: number;
  readonly pictures: number;
  /** How many pictures have no header that can be read; each counts as the largest that is taken. */
  readonly bounded: number;
}

/** A batch: one file of the job. */
export interface Batch {
  readonly id: string;
  readonly status: string;
  readonly output_file_id?: string | null;
  readonly error_file_id?: string | null;
  /** Why it failed as a whole. */
  readonly errors?: { readonly data: readonly { readonly code: string; readonly message: string }[] } | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly pause?: { readonly reason: string } | null;
  readonly cost_usd: number;
}

const ended = ["completed", "failed", "expired", "cancelled"];

/** Whether nothing more comes of a batch. */
export function hasEnded(batch: Batch): boolean {
  return ended.includes(batch.status);
}

/** Sends a file of requests. */
export async function upload(lines: Blob, name: string, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  form.set("purpose", "batch");
  form.set("file", lines, name);
  return (await callJson<{ id: string }>("/v1/files", { method: "POST", body: form, signal })).id;
}

/** What a file's batch will cost; null: its model has no price at present. */
export async function quoteOf(file: string, signal: AbortSignal): Promise<Quote | null> {
  return (await callJson<{ quote?: Quote | null }>(`/v1/files/${file}/quote`, { signal })).quote ?? null;
}

/** Starts a file's batch. It is refused if it may cost more than that by now. */
export function begin(file: string, folder: string, mostUsd: number | null): Promise<Batch> {
  return callJson<Batch>("/v1/batches", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      input_file_id: file,
      endpoint,
      completion_window: "7d",
      metadata: { folder: folder.slice(0, 512) },
      // A quote may have more digits than a number here.
      ...(mostUsd === null ? {} : { max_cost_usd: Number((mostUsd * (1 + 1e-9)).toPrecision(15)) }),
    }),
  });
}

export function batchNow(id: string, signal: AbortSignal): Promise<Batch> {
  return callJson<Batch>(`/v1/batches/${id}`, { signal });
}

export function cancel(id: string): Promise<Batch> {
  return callJson<Batch>(`/v1/batches/${id}/cancel`, { method: "POST" });
}

export async function contentOf(file: string, signal: AbortSignal): Promise<string> {
  return (await call(`/v1/files/${file}/content`, { signal })).text();
}

/** Deletes a file that was uploaded in vain. If that fails, the gateway removes it in time. */
export async function discard(file: string): Promise<void> {
  try {
    await call(`/v1/files/${file}`, { method: "DELETE" });
  } catch {
    // See above.
  }
}
