import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, call, callJson } from "../shared/api";
import { storedKey, storeKey } from "../shared/key";
import { save } from "../shared/save";
import type { LiveFigures, LiveSecond } from "./records";

const refusedEvent = "operator-refused";

/** Asks an operators' route with the operator's key. */
export function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return watched((key) => callJson<T>(path, signal === undefined ? {} : { signal }, key));
}

/** Asks an operators' route for a file, and hands it to the browser. */
export async function download(path: string, name: string): Promise<void> {
  save(await watched((key) => call(path, {}, key).then((answer) => answer.blob())), name);
}

/** Sends a change. */
export function change<T>(method: string, path: string, body?: string): Promise<T> {
  const init: RequestInit =
    body === undefined ? { method } : { method, body, headers: { "content-type": "application/json" } };
  return watched((key) => callJson<T>(path, init, key));
}

/** A key that is refused ends the session, wherever that is noticed first; an answer to an earlier key ends nothing. */
async function watched<T>(request: (key: string | null) => Promise<T>): Promise<T> {
  const key = storedKey("operator-key");
  try {
    return await request(key);
  } catch (failure) {
    const refused = failure instanceof ApiError && (failure.status === 401 || failure.status === 403);
    if (refused && storedKey("operator-key") === key) {
      window.dispatchEvent(new CustomEvent<ApiError>(refusedEvent, { detail: failure }));
    }
    throw failure;
  }
}

/** What was said, for people. */
export function wordsOf(failure: unknown): string {
  if (!(failure instanceof ApiError)) return String(failure);
  return failure.requestId === null ? failure.message : `${failure.message} (request ${failure.requestId})`;
}

export interface Session {
  signedIn: boolean;
  /** Why the last key was refused. */
  refusal: string | null;
  signIn: (key: string) => Promise<void>;
  signOut: () => void;
}

export function useSession(): Session {
  const [signedIn, setSignedIn] = useState(() => storedKey("operator-key") !== null);
  const [refusal, setRefusal] = useState<string | null>(null);

  const leave = useCallback((why: string | null) => {
    storeKey("", "operator-key");
    setRefusal(why);
    setSignedIn(false);
  }, []);

  useEffect(() => {
    if (storedKey("operator-key") !== null) return;
    // On a developer's own machine, the gateway may require no key.
    callJson<{ needs_key: boolean }>("/operations/session", {}, null)
      .then((session) => {
        if (!session.needs_key) setSignedIn(true);
      })
      .catch(() => undefined);
  }, []);

  useEffect(() => {
    const refused = (event: Event) => leave((event as CustomEvent<ApiError>).detail.message);
    window.addEventListener(refusedEvent, refused);
    return () => window.removeEventListener(refusedEvent, refused);
  }, [leave]);

  return {
    signedIn,
    refusal,
    signIn: async (key) => {
      setRefusal(null);
      storeKey(key, "operator-key");
      try {
        await ask<LiveFigures>("/operations/live");
        setSignedIn(true);
      } catch (failure) {
        leave(wordsOf(failure));
      }
    },
    signOut: () => leave(null),
  };
}

export interface Polled<T> {
  value: T | null;
  failure: string | null;
  refresh: () => void;
}

/** Asks again and again while the page is seen; a failure leaves what was known last. */
export function usePolled<T>(path: string, everyMs: number): Polled<T> {
  const [value, setValue] = useState<T | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [asked, setAsked] = useState(0);
  useRepeated(
    async (signal) => {
      try {
        const answer = await ask<T>(path, signal);
        if (signal.aborted) return;
        setValue(answer);
        setFailure(null);
      } catch (problem) {
        if (!signal.aborted) setFailure(wordsOf(problem));
      }
    },
    everyMs,
    `${path} ${asked}`,
  );
  return { value, failure, refresh: useCallback(() => setAsked((before) => before + 1), []) };
}

const kept = 300;

export interface Live {
  figures: LiveFigures | null;
  /** The last minutes, one entry a second, oldest first. */
  seconds: LiveSecond[];
  failure: string | null;
}

export function useLive(paused: boolean): Live {
  const [live, setLive] = useState<Live>({ figures: null, seconds: [], failure: null });
  const after = useRef(0);
  useRepeated(
    async (signal) => {
      if (paused && after.current > 0) return;
      try {
        const figures = await ask<LiveFigures>(`/operations/live?after=${after.current}`, signal);
        if (signal.aborted) return;
        after.current = figures.until;
        setLive((before) => ({ figures, seconds: joined(before.seconds, figures), failure: null }));
      } catch (problem) {
        if (!signal.aborted) setLive((before) => ({ ...before, failure: wordsOf(problem) }));
      }
    },
    1000,
    String(paused),
  );
  return live;
}

/** Adds what came; seconds in which nothing was noted are filled in, so that every second has its place. */
export function joined(before: LiveSecond[], figures: Pick<LiveFigures, "until" | "seconds">): LiveSecond[] {
  const known = new Map([...before, ...figures.seconds].map((second) => [second.at, second]));
  return Array.from({ length: kept }, (_, index) => {
    const at = figures.until - kept + 1 + index;
    return known.get(at) ?? quiet(at);
  });
}

function quiet(at: number): LiveSecond {
  return {
    at,
    captions: 0,
    hits: 0,
    coalesced: 0,
    refused: 0,
    overloaded: 0,
    failed: 0,
    node_faults: 0,
    tokens: 0,
    in_flight: 0,
    intake_bytes: 0,
  };
}

function useRepeated(work: (signal: AbortSignal) => Promise<void>, everyMs: number, key: string): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    const ending = new AbortController();
    let timer: number | undefined;
    const turn = async () => {
      if (!document.hidden) await latest.current(ending.signal);
      if (!ending.signal.aborted) timer = window.setTimeout(() => void turn(), everyMs);
    };
    void turn();
    return () => {
      ending.abort();
      window.clearTimeout(timer);
    };
  }, [everyMs, key]);
}
