import type { Field } from "../settings";

/** The endpoint that the lines are for. */
export const endpoint = "/v1/chat/completions";

// A file may have 50,000 lines and 200 MB. Smaller ones show progress, and need less of the tab's memory.
const mostLines = 50_000;
const mostCharacters = 64_000_000;
const longestId = 256;

/** How options are called in a chat completion where they have another name. */
const names: Readonly<Record<string, string>> = { model_id: "model", prompt: "caption_prefix" };

/** The name of a picture in its file: its path, unless that is too long. */
export function idOf(path: string, index: number): string {
  return path.length > 0 && path.length <= longestId ? path : `picture ${index + 1}`;
}

/** A line of a file of requests. */
export function lineOf(id: string, dataUrl: string, fields: readonly Field[]): string {
  const options = Object.fromEntries(fields.map(([name, value]) => [names[name] ?? name, value]));
  const content = [{ type: "image_url", image_url: { url: dataUrl } }];
  const body = { messages: [{ role: "user", content }], ...options };
  return JSON.stringify({ custom_id: id, method: "POST", url: endpoint, body }) + "\n";
}

/** Collects lines until there are enough for a file. */
export class Lines {
  #lines: string[] = [];
  #characters = 0;

  get count(): number {
    return this.#lines.length;
  }

  /** Whether a line makes another file necessary. */
  isFullFor(line: string): boolean {
    return this.count > 0 && (this.count >= mostLines || this.#characters + line.length > mostCharacters);
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
  }

  /** The file of the lines so far; after it the next one begins. */
  take(): Blob {
    const file = new Blob(this.#lines, { type: "application/jsonl" });
    this.#lines = [];
    this.#characters = 0;
    return file;
  }
}
