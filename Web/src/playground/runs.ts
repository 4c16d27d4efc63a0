import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import { ApiError } from "../shared/api";
import { captionPicture, type Caption } from "./caption";
import { fieldsOf, type Field, type Settings } from "./settings";
import { percent, type Word } from "./words";

/** A picture that the visitor gave. Held in this tab's memory alone. */
export interface Picture {
  readonly blob: Blob;
  readonly name: string;
  /** Shows it: a blob: URL. */
  readonly url: string;
}

/** One picture sent once. */
export interface Run {
  readonly id: number;
  /** Pictures that were given together share it. */
  readonly batch: number;
  readonly picture: Picture;
  readonly fields: readonly Field[];
  readonly skipCache: boolean;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly words: readonly Word[];
  readonly caption: Caption | null;
  readonly error: ApiError | null;
}

type Change =
  | { readonly kind: "add"; readonly runs: readonly Run[] }
  | { readonly kind: "update"; readonly id: number; readonly with: Partial<Run> }
  | { readonly kind: "keep"; readonly batch: number };

function reduce(runs: readonly Run[], change: Change): readonly Run[] {
  switch (change.kind) {
    case "add":
      return [...change.runs, ...runs];
    case "update":
      return runs.map((run) => (run.id === change.id ? { ...run, ...change.with } : run));
    case "keep":
      return runs.filter((run) => run.batch === change.batch);
  }
}

/** As many pictures are under way at a time. */
const atOnce = 2;

/**
 * The visitor's runs, newest batch first, and what is done with them.
 * @param announce Tells those who can't see the page.
 */
export function useRuns(announce: (text: string) => void) {
  const [runs, change] = useReducer(reduce, []);
  const nextId = useRef(1);
  const stops = useRef(new Map<number, AbortController>());
  const latestBatch = runs[0]?.batch ?? 0;

  const start = useCallback(
    async (run: Run) => {
      const stop = new AbortController();
      stops.current.set(run.id, stop);
      change({ kind: "update", id: run.id, with: { state: "running" } });
      try {
        const caption = await captionPicture(
          run.picture.blob,
          run.picture.name,
          run.fields,
          run.skipCache,
          (words) => change({ kind: "update", id: run.id, with: { words } }),
          stop.signal,
        );
        change({ kind: "update", id: run.id, with: { state: "done", caption, words: caption.words } });
        const sure = caption.confidence === null ? "" : ` Confidence ${percent(caption.confidence)}.`;
        announce(`${run.picture.name}: ${caption.text}.${sure}`);
      } catch (failure) {
        const error =
          failure instanceof ApiError
            ? failure
            : stop.signal.aborted
              ? new ApiError(
                  0,
                  "stopped",
                  "Stopped before a caption came. A caption that is not delivered costs nothing.",
                )
              : new ApiError(0, "page_error", `The page could not read the answer: ${String(failure)}`);
        change({ kind: "update", id: run.id, with: { state: "failed", error } });
      } finally {
        stops.current.delete(run.id);
      }
    },
    [announce],
  );

  // Whenever a place becomes free, the next waiting run takes it.
  useEffect(() => {
    const free = atOnce - runs.filter((run) => run.state === "running").length;
    const waiting = runs.filter((run) => run.state === "waiting").slice(0, Math.max(0, free));
    for (const run of waiting) if (!stops.current.has(run.id)) void start(run);
  }, [runs, start]);

  const add = useCallback((pictures: readonly Picture[], settings: Settings) => {
    const batch = nextId.current;
    const fields = fieldsOf(settings);
    change({
      kind: "add",
      runs: pictures.map((picture) => ({
        id: nextId.current++,
        batch,
        picture,
        fields,
        skipCache: settings.skipCache,
        state: "waiting",
        words: [],
        caption: null,
        error: null,
      })),
    });
  }, []);

  const stop = useCallback(() => {
    for (const controller of stops.current.values()) controller.abort();
    for (const run of runs) {
      if (run.state === "waiting") {
        const error = new ApiError(0, "stopped", "Stopped before it was sent.");
        change({ kind: "update", id: run.id, with: { state: "failed", error } });
      }
    }
  }, [runs]);

  const retry = useCallback(
    (run: Run) => change({ kind: "update", id: run.id, with: { state: "waiting", words: [], error: null } }),
    [],
  );

  const clearHistory = useCallback(() => {
    const kept = new Set(runs.filter((run) => run.batch === latestBatch).map((run) => run.picture.url));
    for (const run of runs) if (!kept.has(run.picture.url)) URL.revokeObjectURL(run.picture.url);
    change({ kind: "keep", batch: latestBatch });
  }, [runs, latestBatch]);

  return { runs, latestBatch, add, stop, retry, clearHistory };
}
