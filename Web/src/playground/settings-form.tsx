import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { ModelCatalogue } from "./models";
import type { Settings } from "./settings";

interface Props {
    readonly settings: Settings;
    readonly models: ModelCatalogue | null;
    readonly onChange: (settings: Settings) => void;
}

/** What is asked of a caption. */
export function SettingsForm({ settings, models, onChange }: Props) {
    const set = (change: Partial<Settings>) => onChange({ ...settings, ...change });
    return (
        <>
            <Labelled label="Model">
                {(id) => (
                    <select
                        id={id}
                        value={settings.model}
                        onChange={(event) => set({ model: event.currentTarget.value })}
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
            <Labelled label="Prompt" hint="The caption begins with it.">
                {(id, hint) => (
                    <input
                        id={id}
                        aria-describedby={hint}
                        value={settings.prompt}
                        placeholder="a photo of"
                        autocomplete="off"
                        onInput={(event) => set({ prompt: event.currentTarget.value })}
                    />
                )}
            </Labelled>
            <div class="pair">
                <Numeric
                    label="Beams"
                    hint="1 writes word by word; more search wider."
                    value={settings.beams}
                    min={1}
                    max={16}
                    placeholder="model's"
                    onInput={(beams) => set({ beams })}
                />
                <Numeric
                    label="Alternatives"
                    hint="Captions to show, best first."
                    value={settings.sequences}
                    min={1}
                    max={16}
                    onInput={(sequences) => set({ sequences })}
                />
            </div>
            <details class="more">
                <summary>More options</summary>
                <div class="stack">
                    <div class="pair">
                        <Numeric
                            label="Fewest tokens"
                            value={settings.minNewTokens}
                            min={0}
                            max={4096}
                            placeholder="model's"
                            onInput={(minNewTokens) => set({ minNewTokens })}
                        />
                        <Numeric
                            label="Most tokens"
                            value={settings.maxNewTokens}
                            min={1}
                            max={4096}
                            placeholder="model's"
                            onInput={(maxNewTokens) => set({ maxNewTokens })}
                        />
                        <Numeric
                            label="Length penalty"
                            value={settings.lengthPenalty}
                            min={-100}
                            max={100}
                            step="any"
                            placeholder="model's"
                            onInput={(lengthPenalty) => set({ lengthPenalty })}
                        />
                        <Numeric
                            label="Repetition penalty"
                            value={settings.repetitionPenalty}
                            min={0.1}
                            max={100}
                            step="any"
                            placeholder="model's"
                            onInput={(repetitionPenalty) => set({ repetitionPenalty })}
                        />
                        <Numeric
                            label="No repeated n-gram of"
                            value={settings.noRepeatNgramSize}
                            min={0}
                            max={64}
                            placeholder="model's"
                            onInput={(noRepeatNgramSize) => set({ noRepeatNgramSize })}
                        />
                    </div>
                    <Check
                        label="Sample: draw words at random"
                        checked={settings.sample}
                        onChange={(sample) => set({ sample })}
                    />
                    {settings.sample && (
                        <div class="pair">
                            <Numeric
                                label="Temperature"
                                value={settings.temperature}
                                min={0.01}
                                max={100}
                                step="any"
                                placeholder="1"
                                onInput={(temperature) => set({ temperature })}
                            />
                            <Numeric
                                label="Top p"
                                value={settings.topP}
                                min={0.001}
                                max={1}
                                step="any"
                                placeholder="1"
                                onInput={(topP) => set({ topP })}
                            />
                            <Numeric
                                label="Top k"
                                value={settings.topK}
                                min={0}
                                max={1000000}
                                placeholder="model's"
                                onInput={(topK) => set({ topK })}
                            />
                            <Numeric
                                label="Seed"
                                value={settings.seed}
                                placeholder="any"
                                onInput={(seed) => set({ seed })}
                            />
                        </div>
                    )}
                    <Check
                        label="Keep out “arafed” and its family"
                        checked={settings.suppressDefectWords}
                        onChange={(suppressDefectWords) => set({ suppressDefectWords })}
                    />
                    <Check
                        label="Ask for a fresh caption, not a cached one"
                        checked={settings.skipCache}
                        onChange={(skipCache) => set({ skipCache })}
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

function Labelled({
    label,
    hint,
    children,
}: {
    label: string;
    hint?: string;
    children: (id: string, hintId: string | undefined) => JSX.Element;
}) {
    const id = useId();
    return (
        <div class="field">
            <label for={id}>{label}</label>
            {children(id, hint === undefined ? undefined : `${id}-hint`)}
            {hint !== undefined && (
                <span class="hint" id={`${id}-hint`}>
                    {hint}
                </span>
            )}
        </div>
    );
}

interface NumericProps {
    readonly label: string;
    readonly hint?: string;
    readonly value: string;
    readonly min?: number;
    readonly max?: number;
    readonly step?: string;
    readonly placeholder?: string;
    readonly onInput: (value: string) => void;
}

function Numeric({ label, hint, value, min, max, step = "1", placeholder, onInput }: NumericProps) {
    return (
        <Labelled label={label} {...(hint === undefined ? {} : { hint })}>
            {(id, hintId) => (
                <input
                    id={id}
                    type="number"
                    inputMode={step === "1" ? "numeric" : "decimal"}
                    aria-describedby={hintId}
                    min={min}
                    max={max}
                    step={step}
                    value={value}
                    placeholder={placeholder}
                    autocomplete="off"
                    onInput={(event) => onInput(event.currentTarget.value)}
                />
            )}
        </Labelled>
    );
}

function Check({
    label,
    checked,
    onChange,
}: {
    label: string;
    checked: boolean;
    onChange: (checked: boolean) => void;
}) {
    return (
        <label class="check">
            <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
            {label}
        </label>
    );
}
