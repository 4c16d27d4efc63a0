/** A part of the time that a caption took. */
export interface Span {
  readonly name: string;
  readonly milliseconds: number;
}

/** Milliseconds of each stage on the node. */
export type StageTimings = Readonly<Record<string, number>>;

const stages = [
  ["queue", "Queue"],
  ["decode", "Decode"],
  ["preprocess", "Resize"],
  ["encode", "Encode"],
  ["generate", "Generate"],
] as const;

/** Reads a Server-Timing header: names with their "dur". */
export function parseServerTiming(header: string | null): StageTimings {
  const timings: Record<string, number> = {};
  for (const metric of (header ?? "").split(",")) {
    const [name, ...parameters] = metric.split(";").map((part) => part.trim());
    const duration = parameters
      .map((part) => /^dur="?([\d.]+)"?$/i.exec(part)?.[1])
      .find((value) => value !== undefined);
    if (name !== undefined && name !== "" && duration !== undefined) timings[name] = Number(duration);
  }
  return timings;
}

/**
 * Where a caption's time went.
 * @param node Stages on the node; null: no node was asked.
 * @param total Milliseconds from the click to the last word.
 */
export function spansOf(node: StageTimings | null, total: number): Span[] {
  const spans: Span[] = [];
  let known = 0;
  for (const [key, name] of stages) {
    const milliseconds = node?.[key];
    if (milliseconds === undefined) continue;
    spans.push({ name, milliseconds });
    known += milliseconds;
  }
  spans.push({
    name: spans.length === 0 ? "Gateway and network" : "Gateway, network",
    milliseconds: Math.max(0, total - known),
  });
  return spans;
}

export function duration(milliseconds: number): string {
  return milliseconds >= 1000
    ? `${(milliseconds / 1000).toFixed(2)} s`
    : `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}
