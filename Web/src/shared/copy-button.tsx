import { useState } from "preact/hooks";

/** Copies a text and says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
    const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
    async function copy() {
        try {
            await navigator.clipboard.writeText(text);
            setState("copied");
        } catch {
            setState("failed");
        }
        setTimeout(() => setState("idle"), 2000);
    }
    return (
        <button type="button" class="quiet compact" onClick={() => void copy()}>
            {label}
            <span role="status" class={state === "idle" ? "hidden" : "small"}>
                {state === "copied" ? "Copied" : state === "failed" ? "Not allowed by the browser" : ""}
            </span>
        </button>
    );
}
