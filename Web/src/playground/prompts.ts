import type { ModelCatalogue, PromptUse } from "./models";

/** What the prompt's field says. */
export interface PromptWords {
  readonly placeholder: string;
  readonly hint: string;
}

const words: Readonly<Record<PromptUse, PromptWords>> = {
  none: { placeholder: "takes none", hint: "This model takes no prompt and refuses one." },
  continues: { placeholder: "a photo of", hint: "The caption begins with these words." },
  follows: {
    placeholder: "What is in this picture?",
    hint: "The model answers this question or follows this instruction.",
  },
  tasks: { placeholder: "<DETAILED_CAPTION>", hint: "A task, such as <OCR> or <OD>, or a question." },
};

/** What the chosen model does with a prompt; undefined: no node says. */
export function promptUseOf(models: ModelCatalogue | null, chosen: string): PromptUse | undefined {
  const id = chosen === "" ? models?.default_model_id : chosen;
  return models?.models.find((model) => model.model_id === id)?.prompt_use;
}

/** The words for a use; undefined: nothing is known of it. */
export function promptWords(use: PromptUse | undefined): PromptWords | undefined {
  return use === undefined ? undefined : words[use];
}
