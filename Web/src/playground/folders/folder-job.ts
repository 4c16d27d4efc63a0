import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../shared/api";
import { count, usd } from "../../shared/format";
import { fieldsOf, type Settings } from "../settings";
import type { Folder } from "./folder";
import { idOf, lineOf, Lines } from "./lines";
import { secondsLeft, withSample, type Sample } from "./pace";
import { failed, failedAsAWhole, resultsOf, type Result } from "./results";
import { beginAll, cancelEach } from "./starting";
import { batchNow, contentOf, discard, hasEnded, quoteOf, upload, type Batch, type Quote } from "./transport";

/** A folder whose pictures are captioned in the background, and how far that is. */
export interface FolderJob {
  readonly name: string;
  readonly total: number;
  readonly stage: "uploading" | "quoted" | "running" | "ended" | "stopped";
  /** How many pictures are on the gateway. */
  readonly uploaded: number;
  /** What all files together will cost; null: not known yet, or a model has no price at present. */
  readonly quote: Quote | null;
  readonly batches: readonly Batch[];
  readonly secondsLeft: number | null;
  /** Why the latest question had no answer; the job goes on. */
  readonly trouble: string | null;
  readonly results: readonly Result[];
  /** Why the job stopped. */
  readonly error: ApiError | null;
}

/** What a job has on the gateway, and what only this tab knows of it. */
interface Held {
  readonly stop: AbortController;
  readonly folder: string;
  /** What was uploaded and no batch needs. */
  readonly files: { readonly id: string; quote: Quote | null }[];
  /** The ids of the pictures of each file. */
  readonly pictures: string[][];
  readonly batches: Batch[];
  cancelled: boolean;
  readonly paths: Map<string, string>;
  readonly unreadable: Result[];
}

const pollMilliseconds = 2000;

/** How many pictures are done, with a caption or without. */
export function doneOf(batches: readonly Batch[]): number {
  return sumOf(batches, (batch) => batch.request_counts.completed + batch.request_counts.failed);
}

export function sumOf<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((sum, one) => sum + value(one), 0);
}

/**
 * The visitor's folder as a job: uploaded, quoted, started when the visitor says so, and followed to its results.
 * @param announce Tells those who can't see the page.
 */
export function useFolderJob(announce: (text: string) => void) {
  const [job, setJob] = useState<FolderJob | null>(null);
  const held = useRef<Held | null>(null);

  useEffect(() => () => held.current?.stop.abort(), []);

  const change = useCallback((of: Held, part: Partial<FolderJob>) => {
    if (held.current === of) setJob((now) => (now === null ? null : { ...now, ...part }));
  }, []);

  const stopWith = useCallback(
    (of: Held, failure: unknown) => {
      if (of.stop.signal.aborted) return;
      of.files.splice(0).forEach(({ id }) => void discard(id));
      const error =
        failure instanceof ApiError
          ? failure
          : new ApiError(0, "page_error", `The page could not go on: ${String(failure)}`);
      change(of, { stage: "stopped", error });
    },
    [change],
  );

  const prepare = useCallback(
    async (folder: Folder, settings: Settings) => {
      const now: Held = {
        stop: new AbortController(),
        folder: folder.name,
        files: [],
        pictures: [],
        batches: [],
        cancelled: false,
        paths: new Map(),
        unreadable: [],
      };
      held.current = now;
      setJob(started(folder));
      try {
        await uploadAll(now, folder, settings, (uploaded) => change(now, { uploaded }));
        for (const file of now.files) file.quote = await quoteOf(file.id, now.stop.signal);
        const quote = totalOf(now.files.map((file) => file.quote));
        change(now, { stage: "quoted", quote });
        announce(
          quote === null
            ? "Ready to start. There is no quote."
            : `Ready to start. ${count(quote.pictures)} pictures, at most ${usd(quote.most_usd)}.`,
        );
      } catch (failure) {
        stopWith(now, failure);
      }
    },
    [announce, change, stopWith],
  );

  const start = useCallback(async () => {
    const now = held.current;
    if (now === null) return;
    const { batches } = now;
    try {
      change(now, { stage: "running" });
      await beginAll(now, (trouble) => change(now, { batches: [...batches], trouble }));
      // The batches go on without this tab, and need their files.
      now.files.splice(0, batches.length);
      now.files.splice(0).forEach(({ id }) => void discard(id));
      announce(now.cancelled ? "The job is being cancelled." : "The job has started.");
      const results = await follow(now, (part) => change(now, part));
      change(now, { stage: "ended", batches: [...batches], results });
      announce(`The job has ended: ${count(sumOf(batches, (batch) => batch.request_counts.completed))} captions.`);
    } catch (failure) {
      stopWith(now, failure);
    }
  }, [announce, change, stopWith]);

  const stop = useCallback(async () => {
    const now = held.current;
    if (now === null) return;
    // What is done by then are the results.
    now.cancelled = true;
    const trouble = await cancelEach(now.batches);
    if (trouble !== null) change(now, { trouble });
  }, [change]);

  /** Takes the job off the page; what was uploaded but not started is deleted. */
  const close = useCallback(() => {
    const now = held.current;
    now?.stop.abort();
    if (job?.stage !== "ended") now?.files.forEach(({ id }) => void discard(id));
    held.current = null;
    setJob(null);
  }, [job]);

  return { job, prepare, start, stop, close };
}

function started(folder: Folder): FolderJob {
  return {
    name: folder.name,
    total: folder.pictures.length,
    stage: "uploading",
    uploaded: 0,
    quote: null,
    batches: [],
    secondsLeft: null,
    trouble: null,
    results: [],
    error: null,
  };
}

async function uploadAll(held: Held, folder: Folder, settings: Settings, tell: (uploaded: number) => void) {
  const fields = fieldsOf(settings);
  const lines = new Lines();
  let ids: string[] = [];
  let uploaded = 0;
  const send = async () => {
    const pictures = lines.count;
    if (pictures === 0) return;
    const name = `${folder.name} ${held.files.length + 1}.jsonl`;
    held.files.push({ id: await upload(lines.take(), name, held.stop.signal), quote: null });
    held.pictures.push(ids);
    ids = [];
    uploaded += pictures;
    tell(uploaded + held.unreadable.length);
  };
  for (const [index, { path, file }] of folder.pictures.entries()) {
    held.stop.signal.throwIfAborted();
    const id = idOf(path, index);
    held.paths.set(id, path);
    let picture: string;
    try {
      picture = await dataUrlOf(file);
    } catch {
      held.unreadable.push(failed(path, "unreadable", "The browser could not read the file."));
      continue;
    }
    const line = lineOf(id, picture, fields);
    if (lines.isFullFor(line)) await send();
    lines.add(line);
    ids.push(id);
  }
  await send();
  if (held.files.length === 0) {
    throw new ApiError(0, "unreadable", "The browser could not read any of the pictures.");
  }
}

function dataUrlOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(file);
  });
}

function totalOf(quotes: readonly (Quote | null)[]): Quote | null {
  const known = quotes.filter((quote) => quote !== null);
  if (known.length < quotes.length) return null;
  return {
    least_usd: sumOf(known, (quote) => quote.least_usd),
    most_usd: sumOf(known, (quote) => quote.most_usd),
    pixels: sumOf(known, (quote) => quote.pixels),
    pictures: sumOf(known, (quote) => quote.pictures),
    bounded: sumOf(known, (quote) => quote.bounded),
  };
}

/** Follows the batches to their end, and reads their results. */
async function follow(held: Held, tell: (part: Partial<FolderJob>) => void): Promise<Result[]> {
  const { batches } = held;
  const { signal } = held.stop;
  const total = sumOf(batches, (batch) => batch.request_counts.total);
  let samples: Sample[] = [];
  while (!batches.every(hasEnded)) {
    await pause(pollMilliseconds, signal);
    const trouble = await retried(async () => {
      for (const [index, batch] of batches.entries()) {
        if (!hasEnded(batch)) batches[index] = await batchNow(batch.id, signal);
      }
    });
    samples = withSample(samples, { at: performance.now(), done: doneOf(batches) });
    tell({ batches: [...batches], secondsLeft: secondsLeft(samples, total), trouble });
  }
  const results = [...held.unreadable];
  const pathOf = (id: string) => held.paths.get(id) ?? id;
  for (const [index, batch] of batches.entries()) {
    for (const file of [batch.output_file_id, batch.error_file_id]) {
      if (!file) continue;
      for (;;) {
        const trouble = await retried(async () => {
          results.push(...resultsOf(await contentOf(file, signal), pathOf));
        });
        tell({ trouble });
        if (trouble === null) break;
        await pause(pollMilliseconds, signal);
      }
    }
    if (batch.status === "failed") {
      const pictures = (held.pictures[index] ?? []).map(pathOf);
      results.push(...failedAsAWhole(pictures, results, batch.errors?.data[0]));
    }
  }
  return results.sort((one, other) => (one.picture < other.picture ? -1 : 1));
}

/** Does something; what passes by itself is returned in words, so that it can be done again. */
async function retried(act: () => Promise<void>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (failure) {
    if (failure instanceof ApiError && (failure.status === 0 || failure.status === 429 || failure.status >= 500)) {
      return failure.message;
    }
    throw failure;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}
