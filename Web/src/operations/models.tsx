import { useState } from "preact/hooks";
import { age, bytes, count, moment, perMegapixel } from "../shared/format";
import { Badge, Dialog, Failure, Panel, Table } from "./parts";
import type { ModelRequest, NetworkModel, NodeInfo, ServedModel, ServedModels } from "./records";
import { change, usePolled, type Polled } from "./session";

type Announce = (text: string) => void;

export function ModelsPanel({ nodes, announce }: { nodes: Polled<NodeInfo[]>; announce: Announce }) {
    return (
        <Panel
            id="models"
            title="Models"
            note="A loaded model answers at once. A model on demand is loaded by the first request for it."
        >
            {(nodes.value ?? [])
                .filter((node) => node.state !== "disabled")
                .map((node) =>
                    node.kind === "native" ? (
                        <NativeModels key={node.node_id} node={node} announce={announce} changed={nodes.refresh} />
                    ) : (
                        <NodeModels key={node.node_id} node={node} served={null} />
                    ),
                )}
            <Requests announce={announce} />
        </Panel>
    );
}

interface Asked {
    verb: "load" | "unload";
    model: string;
}

function NativeModels({ node, announce, changed }: { node: NodeInfo; announce: Announce; changed: () => void }) {
    const path = `/operations/nodes/${encodeURIComponent(node.node_id)}/models`;
    const served = usePolled<ServedModels>(path, 3000);
    const [asked, setAsked] = useState<Asked | null>(null);
    return (
        <>
            <Failure words={served.failure} />
            <NodeModels node={node} served={served.value} choose={setAsked} />
            {asked === null ? null : (
                <Dialog
                    title={`${asked.verb === "load" ? "Load" : "Unload"} ${asked.model} on ${node.node_id}?`}
                    verb={asked.verb === "load" ? "Load" : "Unload"}
                    danger={asked.verb === "unload"}
                    close={() => setAsked(null)}
                    act={async () => {
                        await change<ServedModel>(
                            "POST",
                            `${path}/${asked.verb}`,
                            JSON.stringify({ model_id: asked.model }),
                        );
                        served.refresh();
                        changed();
                        announce(
                            `${asked.model} is ${asked.verb === "load" ? "loaded" : "unloaded"} on ${node.node_id}.`,
                        );
                    }}
                >
                    <p>
                        {asked.verb === "load"
                            ? "Loading takes seconds to minutes, and the model then uses memory. Unused models may be unloaded to make room."
                            : "Captions under way end first. The next request for the model loads it again and waits."}
                    </p>
                </Dialog>
            )}
        </>
    );
}

const states: Record<string, { tone?: "good" | "warn" | "bad"; words: string }> = {
    warm: { tone: "good", words: "loaded" },
    loaded: { tone: "good", words: "loaded" },
    loading: { tone: "warn", words: "loading" },
    on_demand: { words: "on demand" },
    error: { tone: "bad", words: "can't be loaded" },
};

function NodeModels({
    node,
    served,
    choose,
}: {
    node: NodeInfo;
    served: ServedModels | null;
    choose?: (asked: Asked) => void;
}) {
    return (
        <div class="stack tight">
            <h3>
                On {node.node_id}{" "}
                {served === null ? null : (
                    <span class="muted small plain">
                        {bytes(served.memory_used_bytes)} of {bytes(served.memory_budget_bytes)} memory
                    </span>
                )}
            </h3>
            <Table
                label={`Models of ${node.node_id}`}
                heads={["Model", "State", "Memory", "Queue", "Price", "Change"]}
                numbers={[2, 3]}
                empty="This node offers no model."
            >
                {idsOf(node, served).map((id) => (
                    <ModelRow
                        key={id}
                        id={id}
                        announced={node.models.find((model) => model.model_id === id)}
                        served={served?.models.find((model) => model.id === id)}
                        choose={choose}
                        node={node.node_id}
                    />
                ))}
            </Table>
        </div>
    );
}

function idsOf(node: NodeInfo, served: ServedModels | null): string[] {
    return [
        ...new Set([...node.models.map((model) => model.model_id), ...(served?.models ?? []).map((model) => model.id)]),
    ].sort();
}

interface ModelRowProps {
    id: string;
    node: string;
    announced: NetworkModel | undefined;
    served: ServedModel | undefined;
    choose: ((asked: Asked) => void) | undefined;
}

function ModelRow({ id, node, announced, served, choose }: ModelRowProps) {
    const word = served?.state ?? announced?.state ?? "on_demand";
    const state = states[word] ?? { words: word };
    const verb = word === "loaded" || word === "warm" ? "unload" : "load";
    return (
        <tr>
            <th scope="row">
                {id}
                <div class="muted small plain">
                    {[announced?.precision, announced?.verified ? "verified" : null]
                        .filter((part) => typeof part === "string")
                        .join(", ")}
                </div>
            </th>
            <td>
                <Badge tone={state.tone}>{state.words}</Badge>
                {served?.error === undefined ? null : <div class="small">{served.error}</div>}
            </td>
            <td class="right">{bytes(served?.memory_bytes)}</td>
            <td class="right">
                {served?.waiting === undefined
                    ? "–"
                    : `${count(served.waiting)} of ${count(served.queue_capacity ?? 0)} waiting, ${count(served.running ?? 0)} running`}
            </td>
            <td>{perMegapixel(announced?.usd_per_pixel)}</td>
            <td>
                {choose === undefined ? (
                    <span class="muted small">at the runner</span>
                ) : (
                    <button
                        type="button"
                        disabled={word === "loading"}
                        aria-label={`${verb === "load" ? "Load" : "Unload"} ${id} on ${node}`}
                        onClick={() => choose({ verb, model: id })}
                    >
                        {verb === "load" ? "Load" : "Unload"}
                    </button>
                )}
            </td>
        </tr>
    );
}

function Requests({ announce }: { announce: Announce }) {
    const requests = usePolled<ModelRequest[]>("/operations/models/requests", 3000);
    const [asking, setAsking] = useState(false);
    const [model, setModel] = useState("");
    const [revision, setRevision] = useState("");
    return (
        <div class="stack tight">
            <div class="row spread">
                <h3>Requested models</h3>
                <button type="button" onClick={() => setAsking(true)}>
                    Request a model
                </button>
            </div>
            <Failure words={requests.failure} />
            <Table
                label="Requested models"
                heads={["Model", "State", "Steps", "Asked"]}
                empty="No model was requested."
            >
                {(requests.value ?? []).map((request) => (
                    <tr key={request.request_id}>
                        <th scope="row">
                            {request.model_id}
                            <div class="muted small plain">{request.hub_revision}</div>
                        </th>
                        <td>
                            <Badge
                                tone={
                                    request.state === "verified"
                                        ? "good"
                                        : request.state === "rejected"
                                          ? "bad"
                                          : "warn"
                                }
                            >
                                {request.state}
                            </Badge>
                            {request.reason === undefined ? null : <div class="small">{request.reason}</div>}
                        </td>
                        <td>
                            <ol class="steps">
                                {request.steps.map((step, index) => (
                                    <li key={index} class={step.state}>
                                        <b>{step.name}</b> {step.state}
                                        {step.ended_at === undefined
                                            ? ""
                                            : ` in ${age((Date.parse(step.ended_at) - Date.parse(step.started_at)) / 1000)}`}{" "}
                                        <span class="muted">{step.detail ?? ""}</span>
                                    </li>
                                ))}
                            </ol>
                            {request.steps.length === 0 ? (
                                <span class="muted">waiting for a node with room</span>
                            ) : null}
                        </td>
                        <td>
                            {moment(request.requested_at)}
                            <div class="muted small">{request.node_id ?? ""}</div>
                        </td>
                    </tr>
                ))}
            </Table>
            {asking ? (
                <Dialog
                    title="Request a model"
                    verb="Request"
                    close={() => setAsking(false)}
                    act={async () => {
                        const body = {
                            model_id: model.trim(),
                            ...(revision.trim() === "" ? {} : { hub_revision: revision.trim() }),
                        };
                        await change<ModelRequest>("POST", "/operations/models/requests", JSON.stringify(body));
                        requests.refresh();
                        announce(`${model} was requested.`);
                        setModel("");
                        setRevision("");
                    }}
                >
                    <p class="muted small">
                        A node with room pulls it from the hub, loads it, captions the samples and measures it. If all
                        steps succeed, the model is verified.
                    </p>
                    <div class="field">
                        <label for="request-model">Model</label>
                        <input
                            id="request-model"
                            required
                            value={model}
                            placeholder="Salesforce/blip-image-captioning-base"
                            onInput={(event) => setModel(event.currentTarget.value)}
                        />
                    </div>
                    <div class="field">
                        <label for="request-revision">Revision (branch, tag or commit)</label>
                        <input
                            id="request-revision"
                            value={revision}
                            placeholder="main"
                            onInput={(event) => setRevision(event.currentTarget.value)}
                        />
                    </div>
                </Dialog>
            ) : null}
        </div>
    );
}
