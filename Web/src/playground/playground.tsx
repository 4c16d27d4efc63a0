import { useState } from "preact/hooks";
import { ApiError, callJson } from "../shared/api";

/** Captions a picture. */
export function Playground() {
    const [caption, setCaption] = useState("");
    const [error, setError] = useState<string | null>(null);

    async function ask(file: File) {
        const form = new FormData();
        form.set("image", file);
        setError(null);
        try {
            setCaption((await callJson<{ text: string }>("/image-to-text", { method: "POST", body: form })).text);
        } catch (failure) {
            setError(failure instanceof ApiError ? failure.message : String(failure));
        }
    }

    return (
        <div class="stack">
            <h1>Playground</h1>
            <div class="card stack">
                <label class="field">
                    Picture
                    <input
                        type="file"
                        accept="image/*"
                        onChange={(event) => {
                            const file = event.currentTarget.files?.[0];
                            if (file) void ask(file);
                        }}
                    />
                </label>
                <p aria-live="polite">{caption}</p>
                {error !== null && (
                    <p class="notice bad" role="alert">
                        {error}
                    </p>
                )}
            </div>
        </div>
    );
}
