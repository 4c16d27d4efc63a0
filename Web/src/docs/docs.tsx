import { useEffect, useState } from "preact/hooks";
import { ApiError, callJson } from "../shared/api";
import { CopyButton } from "../shared/copy-button";
import { operationsOf, type Example, type OpenApiDocument, type Operation } from "./openapi";
import "./docs.css";

/** The API reference, drawn from the gateway's OpenAPI document. */
export function Docs() {
    const [operations, setOperations] = useState<readonly Operation[]>([]);
    const [error, setError] = useState<string | null>(null);

    useEffect(() => {
        callJson<OpenApiDocument>("/openapi/v1.json").then(
            (document) => setOperations(operationsOf(document, location.origin)),
            (failure: unknown) => setError(failure instanceof ApiError ? failure.message : String(failure)),
        );
    }, []);

    // The element that the address names exists only now.
    useEffect(() => {
        if (operations.length > 0 && location.hash !== "")
            document.getElementById(location.hash.slice(1))?.scrollIntoView();
    }, [operations]);

    const groups = [...new Set(operations.map((operation) => operation.group))];
    return (
        <div class="docs">
            <nav class="toc" aria-label="Operations">
                {groups.map((group) => (
                    <div key={group}>
                        <h2 class="small muted">{group}</h2>
                        <ul>
                            {operations
                                .filter((operation) => operation.group === group)
                                .map((operation) => (
                                    <li key={operation.id}>
                                        <a href={`#${operation.id}`}>{operation.summary}</a>
                                    </li>
                                ))}
                        </ul>
                    </div>
                ))}
            </nav>
            <div class="stack">
                <div class="stack tight">
                    <h1>API</h1>
                    <p class="muted">
                        Captions for pictures, priced by the pixel. If this gateway requires a key, send it as{" "}
                        <code>Authorization: Bearer KEY</code>. The files in the examples are the samples of this
                        gateway (
                        <a href="/samples/cat.png" download>
                            cat.png
                        </a>
                        ,{" "}
                        <a href="/samples/coffee.jpg" download>
                            coffee.jpg
                        </a>
                        ,{" "}
                        <a href="/samples/rocket.jpg" download>
                            rocket.jpg
                        </a>
                        ); any other picture does as well. For programs:{" "}
                        <a href="/openapi/v1.json">the OpenAPI document</a>.
                    </p>
                </div>
                {error !== null && (
                    <p class="notice bad" role="alert">
                        {error}
                    </p>
                )}
                {groups.map((group) => (
                    <section class="stack" key={group} aria-label={group}>
                        {operations
                            .filter((operation) => operation.group === group)
                            .map((operation) => (
                                <OperationCard key={operation.id} operation={operation} />
                            ))}
                    </section>
                ))}
            </div>
        </div>
    );
}

function OperationCard({ operation }: { operation: Operation }) {
    return (
        <article class="card operation" id={operation.id} aria-labelledby={`${operation.id}-title`}>
            <div class="stack">
                <h2 id={`${operation.id}-title`}>{operation.summary}</h2>
                <p class="route">
                    <span class={`method ${operation.method.toLowerCase()}`}>{operation.method}</span>{" "}
                    <code class="break">{operation.path}</code>
                </p>
                {operation.details !== null && <p>{operation.details}</p>}
                {operation.parameters.length > 0 && <Parameters operation={operation} />}
                {operation.refusals.length > 0 && (
                    <details>
                        <summary class="small">Refusals</summary>
                        <dl class="refusals small">
                            {operation.refusals.map((refusal) => (
                                <div key={refusal.status}>
                                    <dt class="number">{refusal.status}</dt>
                                    <dd>{refusal.meaning}</dd>
                                </div>
                            ))}
                        </dl>
                    </details>
                )}
            </div>
            <div class="stack examples">
                <Examples title="Request" examples={operation.requests} />
                <Examples title="Answer" examples={operation.answers} />
            </div>
        </article>
    );
}

function Parameters({ operation }: { operation: Operation }) {
    return (
        <dl class="parameters small">
            {operation.parameters.map((parameter) => (
                <div key={parameter.name}>
                    <dt>
                        <code>{parameter.name}</code>{" "}
                        <span class="muted">
                            {parameter.type}
                            {parameter.place === "path" || parameter.place === "query"
                                ? ` in the ${parameter.place}`
                                : ""}
                            {parameter.required && ", required"}
                        </span>
                    </dt>
                    <dd>{parameter.meaning}</dd>
                </div>
            ))}
        </dl>
    );
}

function Examples({ title, examples }: { title: string; examples: readonly Example[] }) {
    const [chosen, setChosen] = useState(0);
    const example = examples[chosen];
    if (example === undefined) return null;
    return (
        <div class="stack tight">
            <div class="row spread">
                {examples.length === 1 ? (
                    <h3 class="small">{title}</h3>
                ) : (
                    <select
                        class="compact"
                        aria-label={`${title}: which example`}
                        value={String(chosen)}
                        onChange={(event) => setChosen(Number(event.currentTarget.value))}
                    >
                        {examples.map((one, index) => (
                            <option key={index} value={String(index)}>
                                {title}: {one.title}
                            </option>
                        ))}
                    </select>
                )}
                <CopyButton text={example.text} label="Copy" />
            </div>
            <pre tabIndex={0} aria-label={`${title}: ${example.title}`} role="group">
                <code>{example.text}</code>
            </pre>
        </div>
    );
}
