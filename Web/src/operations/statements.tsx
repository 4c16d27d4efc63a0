import { useState } from "preact/hooks";
import { day } from "../shared/format";
import { Failure, Panel } from "./parts";
import { download, wordsOf } from "./session";

const kinds = [
    { path: "", title: "Accounts", note: "what each account used, by key and model" },
    { path: "/owners", title: "Owners of nodes", note: "what each owner earned, by node and model" },
];

const formats = [
    { path: "/page", title: "To print", ending: "html" },
    { path: "/export", title: "CSV", ending: "csv" },
];

/** A month's statements, as files to keep, to print or to send on. */
export function StatementsPanel() {
    const [month, setMonth] = useState(() => day(0).slice(0, 7));
    const [failure, setFailure] = useState<string | null>(null);
    return (
        <Panel
            id="statements"
            title="Statements"
            note="What the ledger holds for a month, to the last digit."
            actions={
                <label class="row">
                    Month
                    <input
                        type="month"
                        value={month}
                        max={day(0).slice(0, 7)}
                        required
                        onInput={(event) => setMonth(event.currentTarget.value)}
                    />
                </label>
            }
        >
            <Failure words={failure} />
            {kinds.map((kind) => (
                <div class="row spread" key={kind.title}>
                    <span>
                        {kind.title} <span class="muted small">{kind.note}</span>
                    </span>
                    <span class="row">
                        {formats.map((format) => (
                            <button
                                key={format.title}
                                type="button"
                                disabled={month === ""}
                                aria-label={`${kind.title}: ${format.title}`}
                                onClick={() => {
                                    setFailure(null);
                                    const name = kind.path === "" ? "accounts" : "owners";
                                    download(
                                        `/operations/statements${kind.path}${format.path}?month=${month}`,
                                        `${name}-${month}.${format.ending}`,
                                    ).catch((problem: unknown) => setFailure(wordsOf(problem)));
                                }}
                            >
                                {format.title}
                            </button>
                        ))}
                    </span>
                </div>
            ))}
        </Panel>
    );
}
