import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Option } from "./settings";

interface Props {
    readonly option: Option;
    readonly value: string;
    /** Shown while nothing is set. */
    readonly placeholder?: string;
    readonly onInput: (value: string) => void;
}

/** The control of an option: its kind decides which. */
export function OptionField({ option, value, placeholder = "model's", onInput }: Props) {
    switch (option.kind) {
        case "boolean":
            return (
                <Check
                    label={option.label}
                    hint={option.description}
                    checked={value === "true"}
                    onChange={(checked) => onInput(String(checked))}
                />
            );
        case "choice":
            return (
                <Labelled label={option.label} hint={option.description}>
                    {(id, hint) => (
                        <select
                            id={id}
                            aria-describedby={hint}
                            value={value}
                            onChange={(event) => onInput(event.currentTarget.value)}
                        >
                            <option value="">{placeholder}</option>
                            {option.choices?.map((choice) => (
                                <option key={choice} value={choice}>
                                    {choice}
                                </option>
                            ))}
                        </select>
                    )}
                </Labelled>
            );
        case "text":
        case "colour":
            return (
                <Labelled label={option.label} hint={option.description}>
                    {(id, hint) => (
                        <input
                            id={id}
                            aria-describedby={hint}
                            value={value}
                            placeholder={placeholder}
                            autocomplete="off"
                            onInput={(event) => onInput(event.currentTarget.value)}
                        />
                    )}
                </Labelled>
            );
        default:
            return (
                <Labelled label={option.label} hint={option.description}>
                    {(id, hint) => (
                        <input
                            id={id}
                            type="number"
                            inputMode={option.kind === "number" ? "decimal" : "numeric"}
                            aria-describedby={hint}
                            min={option.least}
                            max={option.most}
                            step={option.kind === "number" ? "any" : "1"}
                            value={value}
                            placeholder={placeholder}
                            autocomplete="off"
                            onInput={(event) => onInput(event.currentTarget.value)}
                        />
                    )}
                </Labelled>
            );
    }
}

export function Labelled({
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

export function Check({
    label,
    hint,
    checked,
    onChange,
}: {
    label: string;
    hint?: string;
    checked: boolean;
    onChange: (checked: boolean) => void;
}) {
    return (
        <label class="check" title={hint}>
            <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
            {label}
        </label>
    );
}
