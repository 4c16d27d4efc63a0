import { useState } from "preact/hooks";
import { age, moment, perMegapixel, plain, usd } from "../shared/format";
import { Badge, Dialog, Failure, Panel, Table } from "./parts";
import type { Currency, NodeInfo, OperatorPrices, Price, SetPrice } from "./records";
import { change, usePolled, type Polled } from "./session";

interface Scope {
    node: string;
    model: string;
}

const sources: Record<string, string> = {
    node_and_model: "set for this model and node",
    node: "set for this node",
    announced: "announced by the node",
    model: "set for this model",
    default: "set for everything",
    recommended: "recommended",
};

export function PricesPanel({
    prices,
    nodes,
    announce,
}: {
    prices: Polled<OperatorPrices>;
    nodes: NodeInfo[];
    announce: (text: string) => void;
}) {
    const history = usePolled<SetPrice[]>("/operations/prices/history", 10_000);
    const [editing, setEditing] = useState<Scope | null>(null);
    const [withdrawing, setWithdrawing] = useState<SetPrice | null>(null);
    const list = prices.value;
    const caps = list?.caps ?? [];
    const capOf = (model: string) =>
        caps.find((cap) => cap.model_id === model) ?? caps.find((cap) => cap.model_id === undefined);
    const changed = (text: string) => {
        prices.refresh();
        history.refresh();
        announce(text);
    };
    return (
        <Panel
            id="prices"
            title="Prices"
            note="A caption costs width × height × price. A change takes effect at once, for requests priced from then on."
            actions={
                <button type="button" class="primary" onClick={() => setEditing({ node: "", model: "" })}>
                    Set a price
                </button>
            }
        >
            <Failure words={prices.failure} />
            {list === null ? null : <Rate prices={list} />}
            <Table
                label="Prices in force"
                heads={["Model", "Node", "Price", "As stated", "Source", "Cap of this gateway", "Change"]}
                empty="No node offers a model."
            >
                {(list?.effective ?? []).map((entry) => {
                    const cap = capOf(entry.model_id);
                    const above = cap !== undefined && (entry.usd_per_pixel ?? Infinity) > (cap.usd_per_pixel ?? 0);
                    return (
                        <tr key={`${entry.node_id} ${entry.model_id}`}>
                            <th scope="row">{entry.model_id}</th>
                            <td>{entry.node_id}</td>
                            <td>
                                <b class="number">{perMegapixel(entry.usd_per_pixel)}</b>
                            </td>
                            <td class="number small">{stated(entry.price)}</td>
                            <td class="small">{sources[entry.source] ?? entry.source}</td>
                            <td class="small">
                                {cap === undefined ? <span class="muted">none</span> : perMegapixel(cap.usd_per_pixel)}{" "}
                                {above ? <Badge tone="bad">above it: gets no requests here</Badge> : null}
                            </td>
                            <td>
                                <button
                                    type="button"
                                    aria-label={`Change the price of ${entry.model_id} on ${entry.node_id}`}
                                    onClick={() => setEditing({ node: entry.node_id, model: entry.model_id })}
                                >
                                    Change
                                </button>
                            </td>
                        </tr>
                    );
                })}
            </Table>
            <div class="stack tight">
                <h3>Set by operators</h3>
                <Table
                    label="Prices set by operators"
                    heads={["For", "Price", "Since", "By", "Note", "Change"]}
                    empty="None. The nodes' own prices and the recommended price apply."
                >
                    {(list?.set ?? []).map((entry) => (
                        <tr key={entry.id}>
                            <th scope="row">{scopeOf(entry)}</th>
                            <td class="number">{entry.price === undefined ? "withdrawn" : stated(entry.price)}</td>
                            <td>{moment(entry.from)}</td>
                            <td class="small">{entry.changed_by ?? "operator token"}</td>
                            <td class="small">{entry.note ?? ""}</td>
                            <td>
                                <button
                                    type="button"
                                    aria-label={`Withdraw the price for ${scopeOf(entry)}`}
                                    onClick={() => setWithdrawing(entry)}
                                >
                                    Withdraw
                                </button>
                            </td>
                        </tr>
                    ))}
                </Table>
            </div>
            <details>
                <summary>History</summary>
                <Table
                    label="History of prices"
                    heads={["From", "Until", "For", "Price", "By", "Note"]}
                    empty="No price has been set yet."
                >
                    {(history.value ?? []).map((entry) => (
                        <tr key={entry.id}>
                            <th scope="row">{moment(entry.from)}</th>
                            <td>{entry.until === undefined ? "now" : moment(entry.until)}</td>
                            <td>{scopeOf(entry)}</td>
                            <td class="number">{entry.price === undefined ? "withdrawn" : stated(entry.price)}</td>
                            <td class="small">{entry.changed_by ?? "operator token"}</td>
                            <td class="small">{entry.note ?? ""}</td>
                        </tr>
                    ))}
                </Table>
            </details>
            {editing === null || list === null ? null : (
                <PriceDialog
                    scope={editing}
                    prices={list}
                    nodes={nodes}
                    close={() => setEditing(null)}
                    changed={changed}
                />
            )}
            {withdrawing === null ? null : (
                <Dialog
                    title={`Withdraw the price for ${scopeOf(withdrawing)}?`}
                    verb="Withdraw"
                    danger
                    close={() => setWithdrawing(null)}
                    act={async () => {
                        await change<SetPrice>(
                            "PUT",
                            "/operations/prices",
                            JSON.stringify({ node_id: withdrawing.node_id, model_id: withdrawing.model_id }),
                        );
                        changed(`The price for ${scopeOf(withdrawing)} was withdrawn.`);
                    }}
                >
                    <p>
                        The next price in the order (node, announced, model, everything, recommended) holds from then
                        on.
                    </p>
                </Dialog>
            )}
        </Panel>
    );
}

function Rate({ prices }: { prices: OperatorPrices }) {
    const rate = prices.exchange_rate;
    return (
        <p class="small" data-testid="exchange-rate">
            <b>Exchange rate:</b>{" "}
            {rate.usd_per_eth === undefined
                ? "none is known: prices in wei and eth have no USD value"
                : `${usd(rate.usd_per_eth)} for one ether`}
            {rate.source === undefined ? "" : `, from ${rate.source}`}
            {rate.age_seconds === undefined ? "" : `, ${age(rate.age_seconds)} old`}{" "}
            {rate.stale && rate.usd_per_eth !== undefined ? (
                <Badge tone="bad">too old: such prices are not offered</Badge>
            ) : null}
            <span class="muted"> · Recommended: {stated(prices.recommended)}</span>
        </p>
    );
}

function PriceDialog(props: {
    scope: Scope;
    prices: OperatorPrices;
    nodes: NodeInfo[];
    close: () => void;
    changed: (text: string) => void;
}) {
    const known = props.prices.effective.find(
        (entry) => entry.model_id === props.scope.model && entry.node_id === props.scope.node,
    )?.price;
    const [scope, setScope] = useState(props.scope);
    const [amount, setAmount] = useState(known === undefined ? "" : plain(known.price_per_unit));
    const [pixels, setPixels] = useState(known === undefined ? "1" : plain(known.pixels_per_unit));
    const [currency, setCurrency] = useState<Currency>(known?.currency ?? "USD");
    const [note, setNote] = useState("");
    const nodes = props.nodes.map((node) => node.node_id);
    const models = [...new Set(props.nodes.flatMap((node) => node.models.map((model) => model.model_id)))].sort();
    const perPixel = usdPerPixel(amount, pixels, currency, props.prices.exchange_rate.usd_per_eth);
    return (
        <Dialog
            title="Set a price"
            verb="Set"
            close={props.close}
            act={async () => {
                // The digits as typed, because a JavaScript number would round them.
                const price = `{"price_per_unit":${digits(amount)},"pixels_per_unit":${digits(pixels)},"currency":${JSON.stringify(currency)}}`;
                const rest = JSON.stringify({
                    ...(scope.node === "" ? {} : { node_id: scope.node }),
                    ...(scope.model === "" ? {} : { model_id: scope.model }),
                    ...(note.trim() === "" ? {} : { note: note.trim() }),
                }).slice(1);
                await change<SetPrice>(
                    "PUT",
                    "/operations/prices",
                    `{"price":${price}${rest === "}" ? "}" : `,${rest}`}`,
                );
                props.changed(`The price for ${scopeOf({ node_id: scope.node, model_id: scope.model })} is set.`);
            }}
        >
            <div class="pair">
                <div class="field">
                    <label for="price-model">Model</label>
                    <select
                        id="price-model"
                        value={scope.model}
                        onChange={(event) => setScope({ ...scope, model: event.currentTarget.value })}
                    >
                        <option value="">every model</option>
                        {models.map((model) => (
                            <option key={model}>{model}</option>
                        ))}
                    </select>
                </div>
                <div class="field">
                    <label for="price-node">Node</label>
                    <select
                        id="price-node"
                        value={scope.node}
                        onChange={(event) => setScope({ ...scope, node: event.currentTarget.value })}
                    >
                        <option value="">every node</option>
                        {nodes.map((node) => (
                            <option key={node}>{node}</option>
                        ))}
                    </select>
                </div>
            </div>
            <div class="triple">
                <div class="field">
                    <label for="price-amount">Price per unit</label>
                    <input
                        id="price-amount"
                        required
                        inputMode="decimal"
                        pattern={decimalPattern}
                        title="A number such as 0.0000000003 or 3e-10"
                        value={amount}
                        onInput={(event) => setAmount(event.currentTarget.value)}
                    />
                </div>
                <div class="field">
                    <label for="price-currency">Currency</label>
                    <select
                        id="price-currency"
                        value={currency}
                        onChange={(event) => setCurrency(event.currentTarget.value as Currency)}
                    >
                        <option>USD</option>
                        <option>wei</option>
                        <option>eth</option>
                    </select>
                </div>
                <div class="field">
                    <label for="price-pixels">Pixels per unit</label>
                    <input
                        id="price-pixels"
                        required
                        inputMode="decimal"
                        pattern={decimalPattern}
                        title="A number of pixels above zero"
                        value={pixels}
                        onInput={(event) => setPixels(event.currentTarget.value)}
                    />
                </div>
            </div>
            <p class="notice small" aria-live="polite">
                {perPixel === null
                    ? "The price in USD is unknown."
                    : `${perMegapixel(perPixel)}; a picture of 1024 × 1024 costs ${usd(Number((perPixel * 1024 * 1024).toPrecision(12)))}.`}
            </p>
            <div class="field">
                <label for="price-note">Note, for the history</label>
                <input
                    id="price-note"
                    value={note}
                    maxLength={200}
                    onInput={(event) => setNote(event.currentTarget.value)}
                />
            </div>
        </Dialog>
    );
}

const decimalPattern = "\\s*[0-9]*\\.?[0-9]+([eE][+\\-]?[0-9]+)?\\s*";

/** JSON takes no ".5" and no "007". */
export function digits(text: string): string {
    return text
        .trim()
        .replace(/^0+(?=[0-9])/, "")
        .replace(/^\./, "0.");
}

function usdPerPixel(amount: string, pixels: string, currency: Currency, usdPerEth: number | undefined): number | null {
    const rate =
        currency === "USD"
            ? 1
            : currency === "eth"
              ? usdPerEth
              : usdPerEth === undefined
                ? undefined
                : usdPerEth / 1e18;
    const price = (Number(amount) * (rate ?? NaN)) / Number(pixels);
    return amount.trim() === "" || !Number.isFinite(price) ? null : price;
}

function stated(price: Price): string {
    const unit = price.pixels_per_unit === 1 ? "pixel" : `${plain(price.pixels_per_unit)} pixels`;
    return `${plain(price.price_per_unit)} ${price.currency} per ${unit}`;
}

function scopeOf(entry: { node_id?: string | undefined; model_id?: string | undefined }): string {
    const { node_id: node = "", model_id: model = "" } = entry;
    return model === ""
        ? node === ""
            ? "everything"
            : `every model on ${node}`
        : node === ""
          ? model
          : `${model} on ${node}`;
}
