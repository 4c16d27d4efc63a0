/** How far a job was at a time. */
export interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly done: number;
}

const span = 60_000;

/** The samples of the last minute, with another one. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  return [...samples.filter((earlier) => sample.at - earlier.at <= span), sample];
}

/** How long the rest takes at the pace of the last minute; null: unknown. */
export function secondsLeft(samples: readonly Sample[], total: number): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.done <= first.done) return null;
  return ((total - last.done) * (last.at - first.at)) / (last.done - first.done) / 1000;
}
