/** What a visitor asks of a caption; texts of the form, empty: not set. */
export interface Settings {
  readonly model: string;
  readonly prompt: string;
  readonly beams: string;
  readonly maxNewTokens: string;
  readonly minNewTokens: string;
  readonly lengthPenalty: string;
  readonly repetitionPenalty: string;
  readonly noRepeatNgramSize: string;
  readonly sample: boolean;
  readonly temperature: string;
  readonly topP: string;
  readonly topK: string;
  readonly seed: string;
  readonly sequences: string;
  readonly suppressDefectWords: boolean;
  readonly skipCache: boolean;
}

/** One beam: only then is each word certain when it comes, and can be shown at once. */
export const initialSettings: Settings = {
  model: "",
  prompt: "",
  beams: "1",
  maxNewTokens: "",
  minNewTokens: "",
  lengthPenalty: "",
  repetitionPenalty: "",
  noRepeatNgramSize: "",
  sample: false,
  temperature: "",
  topP: "",
  topK: "",
  seed: "",
  sequences: "1",
  suppressDefectWords: true,
  skipCache: false,
};

/** A field of a request. */
export type Field = readonly [name: string, value: string];

/** The fields that say what is set; all others are left to the model. */
export function fieldsOf(settings: Settings): Field[] {
  const fields: Field[] = [];
  const add = (name: string, value: string) => {
    if (value.trim() !== "") fields.push([name, value.trim()]);
  };
  add("model_id", settings.model);
  add("prompt", settings.prompt);
  add("num_beams", beamsOf(settings));
  add("max_new_tokens", settings.maxNewTokens);
  add("min_new_tokens", settings.minNewTokens);
  add("length_penalty", settings.lengthPenalty);
  add("repetition_penalty", settings.repetitionPenalty);
  add("no_repeat_ngram_size", settings.noRepeatNgramSize);
  if (settings.sample) {
    add("do_sample", "true");
    add("temperature", settings.temperature);
    add("top_p", settings.topP);
    add("top_k", settings.topK);
    add("seed", settings.seed);
  }
  if (settings.sequences.trim() !== "1") add("num_return_sequences", settings.sequences);
  if (!settings.suppressDefectWords) add("suppress_defect_words", "false");
  return fields;
}

// Alternatives come from beams: there must be one for each.
function beamsOf(settings: Settings): string {
  const sequences = Number(settings.sequences);
  return !settings.sample && sequences > Number(settings.beams || "1") ? String(sequences) : settings.beams;
}
