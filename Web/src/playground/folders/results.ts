/** What became of a picture. */
export interface Result {
  readonly picture: string;
  readonly caption: string | null;
  /** All captions, if several were asked for. */
  readonly captions?: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Line {
  readonly custom_id: string | null;
  readonly response: {
    readonly body: {
      readonly choices?: readonly { readonly message: { readonly content: string } }[];
      readonly error?: { readonly code?: string; readonly message: string };
    };
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/**
 * Reads the lines of an output or error file.
 * @param text The file.
 * @param pathOf The picture that has this id.
 */
export function resultsOf(text: string, pathOf: (id: string) => string): Result[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => resultOf(JSON.parse(line) as Line, pathOf));
}

function resultOf(line: Line, pathOf: (id: string) => string): Result {
  const picture = pathOf(line.custom_id ?? "");
  const captions = line.response?.body.choices?.map((choice) => choice.message.content) ?? [];
  const [caption] = captions;
  if (caption !== undefined) {
    return { picture, caption, ...(captions.length > 1 ? { captions } : {}), error: null };
  }
  const error = line.error ?? line.response?.body.error;
  return failed(picture, error?.code ?? "no_caption", error?.message ?? "There is no caption.");
}

/** A picture without a caption. */
export function failed(picture: string, code: string, message: string): Result {
  return { picture, caption: null, error: { code, message } };
}

/**
 * The results of pictures whose batch failed before any of them was tried.
 * @param pictures The batch's pictures.
 * @param results What is known of them already.
 * @param error Why, in the gateway's words.
 */
export function failedAsAWhole(
  pictures: readonly string[],
  results: readonly Result[],
  error: Result["error"] | undefined,
): Result[] {
  const known = new Set(results.map((result) => result.picture));
  return pictures
    .filter((picture) => !known.has(picture))
    .map((picture) => failed(picture, error?.code ?? "batch_failed", error?.message ?? "The batch failed."));
}

/** How often each error came, the most frequent first. */
export function failuresOf(results: readonly Result[]): [code: string, times: number][] {
  const times = new Map<string, number>();
  for (const { error } of results) if (error !== null) times.set(error.code, (times.get(error.code) ?? 0) + 1);
  return [...times].sort(([, one], [, other]) => other - one);
}

/** JSON lines, one for each picture. */
export function jsonLinesOf(results: readonly Result[]): string {
  return results.map((result) => JSON.stringify(result) + "\n").join("");
}

/** Comma-separated values, as RFC 4180 has them. */
export function csvOf(results: readonly Result[]): string {
  const rows = results.map((result) => [result.picture, result.caption ?? "", result.error?.code ?? ""]);
  return [["picture", "caption", "error"], ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

// A spreadsheet would run anything that begins like a formula.
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
