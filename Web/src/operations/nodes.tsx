import { useState } from "preact/hooks";
import { bytes, count, milliseconds, perMegapixel } from "../shared/format";
import { Badge, Dialog, Failure, Panel, Table } from "./parts";
import type { LiveNode, NodeInfo, NodeState } from "./records";
import { change, type Polled } from "./session";

const verbs: Record<NodeState, { verb: string; asks: string }> = {
    active: { verb: "Enable", asks: "It gets requests again." },
    draining: {
        verb: "Drain",
        asks: "It finishes its work and gets no new requests from any gateway until it is enabled again.",
    },
    disabled: {
        verb: "Disable",
        asks: "It is taken out of the network at once. No gateway uses it until it is enabled again.",
    },
};

const standings: Record<LiveNode["standing"], { tone: "good" | "warn" | "bad"; words: string } | null> = {
    open: null,
    probing: { tone: "warn", words: "being tried again" },
    suspended: { tone: "bad", words: "suspended here" },
    unwell: { tone: "bad", words: "no health answer" },
};

export function NodesPanel({
    nodes,
    seen,
    announce,
}: {
    nodes: Polled<NodeInfo[]>;
    seen: LiveNode[];
    announce: (text: string) => void;
}) {
    const [asked, setAsked] = useState<{ node: string; state: NodeState } | null>(null);
    return (
        <Panel
            id="nodes"
            title="Nodes"
            note="Queue and running come from each node's last heartbeat. In flight, latency and suspension are what this gateway sees."
        >
            <Failure words={nodes.failure} />
            <Table
                label="Nodes"
                heads={["Node", "State", "Models", "Queue", "In flight", "Latency", "Price", "Change"]}
                numbers={[3, 4, 5]}
                empty={
                    nodes.value === null ? "Asking…" : "No node is registered. A node registers itself when it starts."
                }
            >
                {(nodes.value ?? []).map((node) => (
                    <NodeRow
                        key={node.node_id}
                        node={node}
                        seen={seen.find((one) => one.node_id === node.node_id)}
                        choose={(state) => setAsked({ node: node.node_id, state })}
                    />
                ))}
            </Table>
            {asked === null ? null : (
                <Dialog
                    title={`${verbs[asked.state].verb} ${asked.node}?`}
                    verb={verbs[asked.state].verb}
                    danger={asked.state === "disabled"}
                    close={() => setAsked(null)}
                    act={async () => {
                        await change<NodeInfo>(
                            "PUT",
                            `/operations/nodes/${encodeURIComponent(asked.node)}/state`,
                            JSON.stringify({ state: asked.state }),
                        );
                        nodes.refresh();
                        announce(`${asked.node} is ${asked.state} now.`);
                    }}
                >
                    <p>{verbs[asked.state].asks}</p>
                </Dialog>
            )}
        </Panel>
    );
}

function NodeRow({
    node,
    seen,
    choose,
}: {
    node: NodeInfo;
    seen: LiveNode | undefined;
    choose: (state: NodeState) => void;
}) {
    const standing = seen === undefined ? null : standings[seen.standing];
    const warm = node.models.filter((model) => model.state === "warm");
    const prices = node.models.map((model) => model.usd_per_pixel).filter((price) => price !== undefined);
    const capacity = node.models.reduce((most, model) => Math.max(most, model.capacity), 0);
    return (
        <tr>
            <th scope="row">
                {node.node_id}
                <div class="muted small plain">
                    {node.kind === "runner"
                        ? "foreign runner"
                        : (node.hardware?.device ?? node.hardware?.provider ?? "node")}
                    {node.hardware?.free_memory_bytes === undefined
                        ? ""
                        : `, ${bytes(node.hardware.free_memory_bytes)} free`}
                    {node.version === undefined ? "" : `, ${node.version.split("+")[0] ?? ""}`}
                </div>
                <div class="muted small plain">{node.address}</div>
            </th>
            <td>
                <Badge tone={node.state === "active" ? "good" : node.state === "draining" ? "warn" : "bad"}>
                    {node.state}
                </Badge>{" "}
                {standing === null ? null : <Badge tone={standing.tone}>{standing.words}</Badge>}{" "}
                {seen !== undefined && seen.busy_seconds > 0 ? <Badge tone="warn">busy</Badge> : null}
            </td>
            <td>
                {warm.length} warm of {node.models.length}
                <div class="muted small">{warm.map((model) => model.model_id).join(", ")}</div>
            </td>
            <td class="right">
                {count(node.queue_depth ?? 0)} waiting
                <div class="muted small">
                    {count(node.running ?? 0)} running, {count(capacity)} at most
                </div>
            </td>
            <td class="right">{seen === undefined ? "–" : count(seen.in_flight)}</td>
            <td class="right">
                {milliseconds(seen?.p50_ms)}
                <div class="muted small">95 %: {milliseconds(seen?.p95_ms)}</div>
            </td>
            <td>
                {prices.length === 0 ? "–" : perMegapixel(Math.min(...prices))}
                {new Set(prices).size > 1 ? (
                    <div class="muted small">up to {perMegapixel(Math.max(...prices))}</div>
                ) : null}
            </td>
            <td>
                <div class="row actions">
                    {(Object.keys(verbs) as NodeState[])
                        .filter((state) => state !== node.state)
                        .map((state) => (
                            <button
                                key={state}
                                type="button"
                                aria-label={`${verbs[state].verb} ${node.node_id}`}
                                onClick={() => choose(state)}
                            >
                                {verbs[state].verb}
                            </button>
                        ))}
                </div>
            </td>
        </tr>
    );
}
