import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { wordsOf } from "./session";

/** A part of the page with its heading. */
export function Panel(props: {
    id: string;
    title: string;
    note?: ComponentChildren;
    actions?: ComponentChildren;
    children: ComponentChildren;
}) {
    return (
        <section class="card panel" id={props.id} aria-labelledby={`${props.id}-title`}>
            <div class="row spread">
                <h2 id={`${props.id}-title`}>{props.title}</h2>
                {props.actions}
            </div>
            {props.note === undefined ? null : <p class="muted small">{props.note}</p>}
            {props.children}
        </section>
    );
}

/** A table that may be wider than the screen: it scrolls by itself, by keyboard too. */
export function Table(props: {
    label: string;
    heads: ComponentChildren[];
    numbers?: number[];
    children: ComponentChildren;
    empty?: string;
}) {
    const rows = Array.isArray(props.children) ? props.children.flat().filter(Boolean).length : 1;
    return (
        <div class="scroll" role="group" aria-label={props.label} tabIndex={0}>
            <table>
                <caption class="hidden">{props.label}</caption>
                <thead>
                    <tr>
                        {props.heads.map((head, index) => (
                            <th key={index} scope="col" class={props.numbers?.includes(index) ? "right" : undefined}>
                                {head}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows > 0 ? (
                        props.children
                    ) : (
                        <tr>
                            <td class="muted" colSpan={props.heads.length}>
                                {props.empty ?? "None."}
                            </td>
                        </tr>
                    )}
                </tbody>
            </table>
        </div>
    );
}

export function Failure({ words }: { words: string | null }) {
    return words === null ? null : (
        <p class="notice bad" role="alert">
            {words}
        </p>
    );
}

export function Badge({ tone, children }: { tone?: "good" | "warn" | "bad" | undefined; children: ComponentChildren }) {
    return <span class={`badge ${tone ?? ""}`}>{children}</span>;
}

/** An id that is too long to be shown, with a button that copies it. */
export function Copied({ text, label }: { text: string; label: string }) {
    const [done, setDone] = useState(false);
    const shown = done ? "copied" : `${text.slice(0, 8)}…`;
    return (
        <button
            type="button"
            class="quiet copy"
            title={text}
            aria-label={`${shown} – copy the ${label} ${text}`}
            onClick={() => {
                void navigator.clipboard.writeText(text).then(() => {
                    setDone(true);
                    setTimeout(() => setDone(false), 1500);
                });
            }}
        >
            <code>{shown}</code>
        </button>
    );
}

interface DialogProps {
    title: string;
    /** What the button that goes ahead says. */
    verb: string;
    danger?: boolean;
    children: ComponentChildren;
    /** Goes ahead; the dialog closes when it has, and says why when it has not. */
    act: () => Promise<void>;
    close: () => void;
}

/** Asks before something is changed. Escape and "Cancel" change nothing. */
export function Dialog({ title, verb, danger, children, act, close }: DialogProps) {
    const element = useRef<HTMLDialogElement>(null);
    const heading = useId();
    const [busy, setBusy] = useState(false);
    const [failure, setFailure] = useState<string | null>(null);
    useEffect(() => element.current?.showModal(), []);
    return (
        <dialog
            ref={element}
            aria-labelledby={heading}
            onClose={close}
            onCancel={(event) => {
                if (busy) event.preventDefault();
            }}
        >
            <form
                class="stack"
                onSubmit={(event) => {
                    event.preventDefault();
                    setBusy(true);
                    setFailure(null);
                    act().then(
                        () => element.current?.close(),
                        (problem: unknown) => {
                            setFailure(wordsOf(problem));
                            setBusy(false);
                        },
                    );
                }}
            >
                <h2 id={heading}>{title}</h2>
                {children}
                <Failure words={failure} />
                <div class="row end">
                    <button type="button" disabled={busy} onClick={() => element.current?.close()}>
                        Cancel
                    </button>
                    <button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>
                        {busy ? "Working…" : verb}
                    </button>
                </div>
            </form>
        </dialog>
    );
}
