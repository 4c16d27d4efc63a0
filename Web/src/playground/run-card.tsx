import { useState } from "preact/hooks";
import { CopyButton } from "../shared/copy-button";
import { CodePanel } from "./code-panel";
import { ErrorNotice } from "./error-notice";
import type { AnswerFacts, Caption } from "./caption";
import { colourOf, nameOf, pointsOf, type Region } from "./regions";
import type { Picture, Run } from "./runs";
import { duration, spansOf } from "./timings";
import { level, percent, type Word } from "./words";

/** One picture with its caption as it comes, and how that came about. */
export function RunCard({ run, onRetry }: { run: Run; onRetry: () => void }) {
    const { caption, error } = run;
    return (
        <article class="card run" aria-label={run.picture.name}>
            {caption?.image && caption.regions.length > 0 ? (
                <div class="drawn-on">
                    <Preview picture={run.picture} />
                    <Boxes regions={caption.regions} width={caption.image.width} height={caption.image.height} />
                </div>
            ) : (
                <Preview picture={run.picture} />
            )}
            <div class="stack">
                <div class="row spread">
                    <h3 class="muted file-name">{run.picture.name}</h3>
                    {caption?.image && (
                        <span class="muted small number">
                            {caption.image.width} × {caption.image.height} {caption.image.format.toUpperCase()}
                        </span>
                    )}
                </div>
                {caption !== null && caption.regions.length > 0 ? (
                    <RegionList regions={caption.regions} />
                ) : (
                    run.words.length > 0 && <Words words={run.words} />
                )}
                {run.words.length === 0 && error === null && (
                    <p class="muted">{run.state === "waiting" ? "Waiting for its turn…" : "Looking at the picture…"}</p>
                )}
                {error !== null && <ErrorNotice error={error} onRetry={onRetry} />}
                {caption !== null && <Outcome run={run} caption={caption} />}
            </div>
        </article>
    );
}

export function Preview({ picture, small = false }: { picture: Picture; small?: boolean }) {
    const [shown, setShown] = useState(true);
    // Formats that the browser can't show are captioned anyway.
    return shown ? (
        <img
            class={small ? "thumb" : "preview"}
            src={picture.url}
            alt={small ? "" : picture.name}
            onError={() => setShown(false)}
        />
    ) : (
        <div class={small ? "thumb" : "preview nothing"}>{!small && "No preview of this format"}</div>
    );
}

/** The regions over the picture, which keeps its shape: so does what is drawn. */
function Boxes({ regions, width, height }: { regions: readonly Region[]; width: number; height: number }) {
    return (
        <svg class="boxes" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            {regions.map((region, index) => (
                <polygon key={index} class={`box line-${colourOf(regions, index)}`} points={pointsOf(region)}>
                    <title>{nameOf(region, index)}</title>
                </polygon>
            ))}
        </svg>
    );
}

function RegionList({ regions }: { regions: readonly Region[] }) {
    return (
        <ol class="regions" aria-label="Regions">
            {regions.map((region, index) => (
                <li key={index}>
                    <span class={`dot part-${colourOf(regions, index)}`} aria-hidden="true" />
                    {nameOf(region, index)}{" "}
                    <span class="muted small number">
                        {Math.round(region.left)}, {Math.round(region.top)} to {Math.round(region.right)},{" "}
                        {Math.round(region.bottom)}
                    </span>
                </li>
            ))}
        </ol>
    );
}

function Words({ words }: { words: readonly Word[] }) {
    return (
        <ol class="words" aria-label="Caption, word by word">
            {words.map((word, index) => (
                <li key={index} class={`arriving ${word.confidence === null ? "" : level(word.confidence)}`}>
                    <span class="word">{word.text}</span>
                    {word.confidence !== null && (
                        <>
                            <span class="meter" aria-hidden="true">
                                <span style={{ width: `${Math.max(4, word.confidence * 100)}%` }} />
                            </span>
                            <span class="percent number">
                                {percent(word.confidence)}
                                <span class="hidden"> sure</span>
                            </span>
                        </>
                    )}
                </li>
            ))}
        </ol>
    );
}

function Outcome({ run, caption }: { run: Run; caption: Caption }) {
    return (
        <>
            <div class="row">
                {caption.confidence !== null && <span class="badge">{percent(caption.confidence)} confident</span>}
                <CacheBadge cache={caption.answer.cache} />
                {caption.answer.cost !== null && <span class="badge number">{costWords(caption.answer.cost)}</span>}
                <CopyButton text={caption.text} label="Copy caption" />
            </div>
            {caption.sequences.length > 1 && <Alternatives caption={caption} />}
            <TimingBar caption={caption} />
            <details class="more">
                <summary>Request details</summary>
                <Facts facts={caption.answer} model={caption.model} />
            </details>
            <details class="more">
                <summary>Use it from code</summary>
                <CodePanel fileName={run.picture.name} fields={run.fields} skipCache={run.skipCache} />
            </details>
        </>
    );
}

function CacheBadge({ cache }: { cache: string | null }) {
    switch (cache) {
        case "hit":
            return <span class="badge good">From the cache</span>;
        case "coalesced":
            return <span class="badge good">Shared with another request</span>;
        case "miss":
            return <span class="badge">Newly captioned</span>;
        default:
            return null;
    }
}

function costWords(cost: string): string {
    return Number(cost) === 0 ? "Free" : `$${cost}`;
}

function Alternatives({ caption }: { caption: Caption }) {
    return (
        <section class="stack tight">
            <h4>Alternatives</h4>
            <ol class="alternatives">
                {caption.sequences.map((sequence, index) => (
                    <li key={index}>
                        <span>
                            {sequence.words.map((word, at) => (
                                <span key={at}>
                                    {at > 0 && " "}
                                    <span
                                        class={word.confidence === null ? "" : `tint ${level(word.confidence)}`}
                                        title={word.confidence === null ? undefined : percent(word.confidence)}
                                    >
                                        {word.text}
                                    </span>
                                </span>
                            ))}
                            {sequence.finishReason === "length" && <span class="muted"> (cut at the token limit)</span>}
                        </span>
                        <span class="muted small number">score {sequence.score.toFixed(3)}</span>
                    </li>
                ))}
            </ol>
        </section>
    );
}

function TimingBar({ caption }: { caption: Caption }) {
    const spans = spansOf(caption.stages, caption.milliseconds);
    const sum = spans.reduce((total, span) => total + span.milliseconds, 0) || 1;
    return (
        <section class="stack tight">
            <div class="row spread">
                <h4>Time</h4>
                <span class="small number">{duration(caption.milliseconds)}</span>
            </div>
            <div class="bar" aria-hidden="true">
                {spans.map((span, index) => (
                    <span
                        key={span.name}
                        class={`part part-${spans.length === 1 ? 6 : index + 1}`}
                        style={{ flexGrow: span.milliseconds / sum }}
                    />
                ))}
            </div>
            <ul class="legend small">
                {spans.map((span, index) => (
                    <li key={span.name}>
                        <span class={`dot part-${spans.length === 1 ? 6 : index + 1}`} aria-hidden="true" />
                        {span.name} <span class="muted number">{duration(span.milliseconds)}</span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Facts({ facts, model }: { facts: AnswerFacts; model: string | null }) {
    const rows = [
        ["Model", model],
        ["Model revision", facts.revision],
        ["Node", facts.node],
        ["Cache", facts.cache],
        ["Cost in USD", facts.cost],
        ["Request", facts.requestId],
    ] as const;
    return (
        <dl class="facts small">
            {rows.map(
                ([name, value]) =>
                    value !== null && (
                        <div key={name}>
                            <dt>{name}</dt>
                            <dd>
                                <code class="break">{value}</code>
                            </dd>
                        </div>
                    ),
            )}
        </dl>
    );
}
