import { useState } from "preact/hooks";
import { Preview, RunCard } from "./run-card";
import type { Run } from "./runs";

/** Earlier runs of this tab; one of them may be opened. */
export function History({
    runs,
    onRetry,
    onClear,
}: {
    runs: readonly Run[];
    onRetry: (run: Run) => void;
    onClear: () => void;
}) {
    const [opened, setOpened] = useState<number | null>(null);
    return (
        <section class="stack" aria-labelledby="history">
            <div class="row spread">
                <h2 id="history">History</h2>
                <button type="button" class="quiet compact" onClick={onClear}>
                    Clear
                </button>
            </div>
            <p class="muted small">Kept only in this tab's memory: pictures and captions are gone when you close it.</p>
            <ul class="history">
                {runs.map((run) => (
                    <li key={run.id}>
                        <button
                            type="button"
                            class="quiet"
                            aria-expanded={opened === run.id}
                            onClick={() => setOpened(opened === run.id ? null : run.id)}
                        >
                            <Preview picture={run.picture} small />
                            <span>
                                {run.caption?.text ?? (run.error === null ? "Under way…" : "No caption")}
                                <span class="muted small"> {run.picture.name}</span>
                            </span>
                        </button>
                        {opened === run.id && <RunCard run={run} onRetry={() => onRetry(run)} />}
                    </li>
                ))}
            </ul>
        </section>
    );
}
