import { begin, cancel, hasEnded, type Batch, type Quote } from "./transport";

/** A job whose batches are started one after the other. */
export interface Starting {
  readonly folder: string;
  readonly files: readonly { readonly id: string; readonly quote: Quote | null }[];
  /** The batches that have been started, in the order of their files. */
  readonly batches: Batch[];
  /** Whether the visitor wants no more of it. */
  readonly cancelled: boolean;
}

/**
 * Starts the batch of each file, until the job is cancelled. If one can't be started, the others are cancelled.
 * @param tell Called after each; says what could not be cancelled.
 */
export async function beginAll(job: Starting, tell: (trouble: string | null) => void): Promise<void> {
  try {
    for (const file of job.files) {
      const batch = await begin(file.id, job.folder, file.quote?.most_usd ?? null);
      job.batches.push(batch);
      tell(null);
      // Whoever cancelled the job meanwhile could not know of this batch.
      if (job.cancelled) {
        tell(await cancelEach([batch]));
        break;
      }
    }
  } catch (failure) {
    void cancelEach(job.batches);
    throw failure;
  }
}

/** Cancels batches, each for itself; returns why one could not be cancelled. */
export async function cancelEach(batches: readonly Batch[]): Promise<string | null> {
  let trouble: string | null = null;
  for (const batch of [...batches]) {
    if (hasEnded(batch)) continue;
    try {
      await cancel(batch.id);
    } catch (failure) {
      trouble = failure instanceof Error ? failure.message : String(failure);
    }
  }
  return trouble;
}
