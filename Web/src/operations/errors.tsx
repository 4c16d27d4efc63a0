import { useState } from "preact/hooks";
import { count, time } from "../shared/format";
import { Badge, Copied, Panel, Table } from "./parts";
import type { LiveError } from "./records";

const few = 12;

const meanings: Record<string, string> = {
    timeout: "the node did not answer in time",
    connection_failed: "the node could not be reached, or the connection broke",
    unreadable_answer: "the node's answer could not be read",
    node_failed: "the node failed",
    node_refused: "the node rejects this gateway's requests: its token or its models may have changed",
    stream_broken: "the node's stream broke off",
    caption_failed: "every node asked failed",
    caption_timeout: "no node answered in time",
    overloaded: "every node is busy",
    no_node: "no node has the model",
    price_above_cap: "every node's price is above the cap",
    budget_exhausted: "the key's budget is spent",
    rate_limited: "the key exceeds its rate limit",
    missing_api_key: "no API key",
    invalid_api_key: "an API key that is unknown, expired or revoked",
    scope_missing: "an API key without the scope",
    model_not_found: "a model that nobody offers",
    unsupported_image: "not a supported picture",
    invalid_image: "a damaged picture",
    image_missing: "a request without a picture",
    image_too_large: "a picture with too many pixels",
    body_too_large: "a body that is too large",
    invalid_request: "a request that can't be read",
    invalid_parameter: "a parameter out of range",
    pricing_unavailable: "the pricing service can't be reached",
    internal_error: "the gateway failed: its log has the cause",
};

export function ErrorsPanel({ errors }: { errors: LiveError[] }) {
    const [all, setAll] = useState(false);
    const shown = all ? errors : errors.slice(0, few);
    return (
        <Panel
            id="errors"
            title="Recent errors"
            note="This gateway's latest errors since its start: errors that callers saw, and failures of nodes even if another node delivered. Look up the trace in your tracing system."
        >
            <Table
                label="Recent errors"
                heads={["Time", "What", "Status", "Node", "Model", "Request", "Trace"]}
                empty="None since the gateway started."
            >
                {shown.map((error, index) => (
                    <tr key={`${error.at} ${index}`}>
                        <th scope="row" class="number">
                            {time(error.at)}
                        </th>
                        <td>
                            <Badge
                                tone={error.kind === "node" ? "warn" : (error.status ?? 0) >= 500 ? "bad" : undefined}
                            >
                                {error.kind === "node" ? "node" : "request"}
                            </Badge>{" "}
                            <code>{error.code}</code>
                            <div class="muted small">{meanings[error.code] ?? ""}</div>
                        </td>
                        <td class="number">{error.status ?? "–"}</td>
                        <td>{error.node_id ?? "–"}</td>
                        <td>{error.model_id ?? "–"}</td>
                        <td>
                            <Copied text={error.request_id} label="request id" />
                        </td>
                        <td>
                            {error.trace_id === undefined ? "–" : <Copied text={error.trace_id} label="trace id" />}
                        </td>
                    </tr>
                ))}
            </Table>
            {errors.length > few ? (
                <button type="button" aria-pressed={all} onClick={() => setAll(!all)}>
                    {all ? "Show the latest" : `Show all ${count(errors.length)}`}
                </button>
            ) : null}
        </Panel>
    );
}
