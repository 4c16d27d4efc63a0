import { ApiError, call, errorFrom } from "../shared/api";
import { readEvents } from "./events";
import type { Region } from "./regions";
import type { Field } from "./settings";
import { parseServerTiming, type StageTimings } from "./timings";
import { wordsOf, wordsOfSequence, type Piece, type Word } from "./words";

/** One caption of a picture. */
export interface Sequence {
  readonly text: string;
  readonly words: readonly Word[];
  readonly score: number;
  readonly finishReason: string;
}

/** What came back for a picture. */
export interface Caption {
  readonly text: string;
  readonly words: readonly Word[];
  /** Of the best sequence; null: not told. */
  readonly confidence: number | null;
  /** The parts of the picture that the best sequence speaks of; empty: of none. */
  readonly regions: readonly Region[];
  /** All that were asked for, best first; empty: not told. */
  readonly sequences: readonly Sequence[];
  readonly model: string | null;
  readonly image: { readonly width: number; readonly height: number; readonly format: string } | null;
  readonly answer: AnswerFacts;
  /** Stages on the node; null: none was asked, or it did not tell. */
  readonly stages: StageTimings | null;
  /** From sending to the last word, as seen here. */
  readonly milliseconds: number;
}

/** What the answer's headers tell. */
export interface AnswerFacts {
  readonly requestId: string | null;
  /** USD, as the gateway wrote it. */
  readonly cost: string | null;
  readonly cache: string | null;
  readonly node: string | null;
  readonly revision: string | null;
}

interface SequenceDetails {
  readonly text: string;
  readonly log_probabilities?: readonly number[];
  readonly pieces?: readonly string[];
  readonly regions?: readonly Region[];
  readonly score: number;
  readonly finish_reason: string;
}

interface CaptionBody {
  readonly text: string;
  readonly model_id?: string;
  readonly details?: {
    readonly sequences: readonly SequenceDetails[];
    readonly confidence: number;
    readonly image: { readonly width: number; readonly height: number; readonly format: string };
    readonly timings: StageTimings;
  };
}

/**
 * Captions a picture.
 * @param onWords Called with the words so far, each time there are more.
 * @throws ApiError: why there is no caption.
 */
export async function captionPicture(
  picture: Blob,
  fileName: string,
  fields: readonly Field[],
  skipCache: boolean,
  onWords: (words: readonly Word[]) => void,
  signal: AbortSignal,
): Promise<Caption> {
  const form = new FormData();
  form.set("image", picture, fileName);
  for (const [name, value] of fields) form.set(name, value);
  form.set("details", "true");
  form.set("stream", "true");
  const started = performance.now();
  const response = await call("/image-to-text", {
    method: "POST",
    body: form,
    signal,
    ...(skipCache ? { headers: { "cache-control": "no-cache" } } : {}),
  });
  if (response.body === null) throw cutOff();
  const pieces: Piece[] = [];
  for await (const event of readEvents(response.body)) {
    if (event.name === "caption") {
      return describe(JSON.parse(event.data) as CaptionBody, response.headers, performance.now() - started);
    }
    if (event.name === "error") {
      throw errorFrom(response.status, JSON.parse(event.data), null, response.headers.get("x-request-id"));
    }
    const piece = JSON.parse(event.data) as { text: string; log_probability?: number };
    pieces.push({ text: piece.text, logProbability: piece.log_probability ?? null });
    onWords(wordsOf(pieces));
  }
  throw cutOff();
}

function cutOff(): ApiError {
  return new ApiError(
    0,
    "cut_off",
    "The answer was cut off before the caption was complete. Nothing was charged; try again.",
  );
}

function describe(body: CaptionBody, headers: Headers, milliseconds: number): Caption {
  const details = body.details;
  const cache = headers.get("x-cache");
  const sequences = (details?.sequences ?? []).map((sequence) => ({
    text: sequence.text,
    // A region's line arrives with its last place token, whose probability says nothing about the words.
    words:
      sequence.regions === undefined
        ? wordsOfSequence(sequence.text, sequence.pieces, sequence.log_probabilities)
        : wordsOf([{ text: sequence.text, logProbability: null }]),
    score: sequence.score,
    finishReason: sequence.finish_reason,
  }));
  // A cached caption has the timings of its creation.
  const stages = cache === "hit" ? null : (details?.timings ?? parseServerTiming(headers.get("server-timing")));
  return {
    text: body.text,
    words: sequences[0]?.words ?? wordsOf([{ text: body.text, logProbability: null }]),
    confidence: details?.confidence ?? null,
    regions: details?.sequences[0]?.regions ?? [],
    sequences,
    model: body.model_id ?? null,
    image: details?.image ?? null,
    answer: {
      requestId: headers.get("x-request-id"),
      cost: headers.get("x-cost-usd"),
      cache,
      node: headers.get("x-node"),
      revision: headers.get("x-model-revision"),
    },
    stages,
    milliseconds,
  };
}
