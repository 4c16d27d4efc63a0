/** A word of a caption. */
export interface Word {
  readonly text: string;
  /** Its probability, 0 to 1: the product of those of its pieces; null: not told. */
  readonly confidence: number | null;
}

/** A piece of text and the natural logarithm of its probability. */
export interface Piece {
  readonly text: string;
  readonly logProbability: number | null;
}

/** Puts pieces together to words: a piece begins one where it begins with a space. */
export function wordsOf(pieces: readonly Piece[]): Word[] {
  const words: { text: string; log: number | null }[] = [];
  for (const { text, logProbability } of pieces) {
    text.split(/(?<=\S)(?=\s)/).forEach((part, index) => {
      const last = words.at(-1);
      const trimmed = part.trim();
      if (trimmed === "") return;
      if (last === undefined || /^\s/.test(part)) {
        words.push({ text: trimmed, log: logProbability });
      } else {
        last.text += trimmed;
        if (index === 0) last.log = last.log === null || logProbability === null ? null : last.log + logProbability;
      }
    });
  }
  return words.map(({ text, log }) => ({ text, confidence: log === null ? null : Math.exp(log) }));
}

/** The words of a whole sequence: with confidence where its pieces are told, the prompt and anything else without. */
export function wordsOfSequence(
  text: string,
  pieces: readonly string[] | undefined,
  logProbabilities: readonly number[] | undefined,
): Word[] {
  const generated = pieces?.join("") ?? "";
  if (pieces === undefined || logProbabilities === undefined || !text.endsWith(generated)) {
    return wordsOf([{ text, logProbability: null }]);
  }
  return wordsOf([
    { text: text.slice(0, text.length - generated.length), logProbability: null },
    ...pieces.map((piece, i) => ({ text: piece, logProbability: logProbabilities[i] ?? null })),
  ]);
}

/** How sure a word is, in a word. */
export function level(confidence: number): "high" | "middle" | "low" {
  return confidence >= 0.6 ? "high" : confidence >= 0.25 ? "middle" : "low";
}

export function percent(value: number): string {
  return value > 0 && value < 0.005 ? "<1%" : `${Math.round(value * 100)}%`;
}
