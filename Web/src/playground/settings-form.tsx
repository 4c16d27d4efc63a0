import type { ModelCatalogue } from "./models";
import { Check, Labelled, OptionField } from "./option-field";
import { promptUseOf, promptWords } from "./prompts";
import { alternatives, beams, options, prompt, sampling, valueOf, type Option, type Settings } from "./settings";

interface Props {
    readonly settings: Settings;
    readonly models: ModelCatalogue | null;
    readonly onChange: (settings: Settings) => void;
}

const shownAtOnce: readonly Option[] = [prompt, beams, alternatives];
const further = options.filter((option) => !shownAtOnce.includes(option) && option !== sampling);
const searching = further.filter((option) => option.use !== "when_sampling" && option.kind !== "boolean");
const drawing = further.filter((option) => option.use === "when_sampling");
const switches = further.filter((option) => option.use !== "when_sampling" && option.kind === "boolean");

/** What is asked of a caption. */
export function SettingsForm({ settings, models, onChange }: Props) {
    const promptUse = promptWords(promptUseOf(models, settings.model));
    const field = (option: Option, placeholder?: string, hint = option.description) => (
        <OptionField
            key={option.name}
            option={{ ...option, description: hint }}
            value={valueOf(settings, option)}
            {...(placeholder === undefined ? {} : { placeholder })}
            onInput={(value) => onChange({ ...settings, values: { ...settings.values, [option.name]: value } })}
        />
    );
    return (
        <>
            <Labelled label="Model">
                {(id) => (
                    <select
                        id={id}
                        value={settings.model}
                        onChange={(event) => onChange({ ...settings, model: event.currentTarget.value })}
                    >
                        <option value="">
                            {models?.default_model_id ? `Default (${models.default_model_id})` : "Default"}
                        </option>
                        {models?.models.map((model) => (
                            <option key={model.model_id} value={model.model_id} disabled={!model.state}>
                                {model.model_id} · {stateWords(model.state)}
                            </option>
                        ))}
                    </select>
                )}
            </Labelled>
            {field(prompt, promptUse?.placeholder ?? "a photo of", promptUse?.hint)}
            <div class="pair">
                {field(beams)}
                {field(alternatives)}
            </div>
            <details class="more">
                <summary>More options</summary>
                <div class="stack">
                    <div class="pair">{searching.map((option) => field(option))}</div>
                    {field(sampling)}
                    {valueOf(settings, sampling) === "true" && (
                        <div class="pair">{drawing.map((option) => field(option))}</div>
                    )}
                    {switches.map((option) => field(option))}
                    <Check
                        label="Ask for a fresh caption, not a cached one"
                        checked={settings.skipCache}
                        onChange={(skipCache) => onChange({ ...settings, skipCache })}
                    />
                </div>
            </details>
        </>
    );
}

function stateWords(state: string | undefined): string {
    switch (state) {
        case "warm":
            return "ready";
        case "loading":
            return "loading";
        case "on_demand":
            return "loads when asked for";
        default:
            return "no node has it";
    }
}
