import table from "./options.json";

/** An option of captions, as the service's own table has it (options.json is written from it by tests/Docs.Tests). */
export interface Option {
  readonly name: string;
  readonly kind: "text" | "integer" | "long_integer" | "number" | "boolean" | "choice" | "colour";
  readonly label: string;
  readonly description: string;
  readonly use: "always" | "with_beams" | "when_sampling";
  readonly least?: number;
  readonly most?: number;
  readonly default?: string;
  readonly choices?: readonly string[];
}

export const options = table as readonly Option[];

/** Options that the page itself has an eye on. */
export const prompt = named("prompt");
export const beams = named("num_beams");
export const alternatives = named("num_return_sequences");
export const sampling = named("do_sample");

/** What a visitor asks of a caption. */
export interface Settings {
  readonly model: string;
  readonly skipCache: boolean;
  /** By the option's name; texts of the form, empty: left to the model. */
  readonly values: Readonly<Record<string, string>>;
}

/** One beam: only then is each word certain when it comes, and can be shown at once. */
export const initialSettings: Settings = { model: "", skipCache: false, values: { [beams.name]: "1" } };

/** The value of an option; if none is set, a Boolean option has its default. */
export function valueOf(settings: Settings, option: Option): string {
  return settings.values[option.name] ?? (option.kind === "boolean" ? (option.default ?? "") : "");
}

/** A field of a request. */
export type Field = readonly [name: string, value: string];

/** The fields that say what is set; all others are left to the model. */
export function fieldsOf(settings: Settings): Field[] {
  const fields: Field[] = settings.model === "" ? [] : [["model_id", settings.model]];
  const drawn = valueOf(settings, sampling) === "true";
  for (const option of options) {
    const value = option === beams ? beamsOf(settings, drawn) : valueOf(settings, option).trim();
    const counts = option.use !== "when_sampling" || drawn;
    const said = option.kind !== "boolean" || value !== option.default;
    if (value !== "" && counts && said) fields.push([option.name, value]);
  }
  return fields;
}

// Alternatives come from beams: there must be one for each.
function beamsOf(settings: Settings, drawn: boolean): string {
  const value = valueOf(settings, beams).trim();
  const asked = Number(valueOf(settings, alternatives));
  return !drawn && asked > Number(value || "1") ? String(asked) : value;
}

function named(name: string): Option {
  const option = options.find((candidate) => candidate.name === name);
  if (option === undefined) throw new Error(`There is no option ${name}.`);
  return option;
}
