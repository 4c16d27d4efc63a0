import { useId, useRef, useState } from "preact/hooks";
import { CopyButton } from "../shared/copy-button";
import { storedKey } from "../shared/key";
import type { Field } from "./settings";
import { languages, snippet, type Language } from "./snippets";

/** The request as code: one tab for each language. */
export function CodePanel({
    fileName,
    fields,
    skipCache,
}: {
    fileName: string;
    fields: readonly Field[];
    skipCache: boolean;
}) {
    const [language, setLanguage] = useState<Language>("curl");
    const id = useId();
    const tabs = useRef<HTMLDivElement>(null);
    const code = snippet(language, {
        origin: location.origin,
        fileName,
        fields,
        withKey: storedKey() !== null,
        skipCache,
    });

    function move(event: KeyboardEvent) {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        const next = (languages.indexOf(language) + step + languages.length) % languages.length;
        setLanguage(languages[next] ?? "curl");
        tabs.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
    }

    return (
        <div class="stack tight">
            <div class="row spread">
                <div class="tabs" role="tablist" aria-label="Language" ref={tabs} onKeyDown={move}>
                    {languages.map((name) => (
                        <button
                            key={name}
                            type="button"
                            role="tab"
                            id={`${id}-${languages.indexOf(name)}`}
                            aria-selected={name === language}
                            aria-controls={`${id}-code`}
                            tabIndex={name === language ? 0 : -1}
                            onClick={() => setLanguage(name)}
                        >
                            {name}
                        </button>
                    ))}
                </div>
                <CopyButton text={code} label="Copy code" />
            </div>
            <pre
                id={`${id}-code`}
                role="tabpanel"
                aria-labelledby={`${id}-${languages.indexOf(language)}`}
                tabIndex={0}
            >
                <code>{code}</code>
            </pre>
        </div>
    );
}
