import { useState } from "preact/hooks";
import { count, moment, usd } from "./format";
import { Badge, Dialog, Failure, Panel, Table } from "./parts";
import type { KeyInfo } from "./records";
import { change, type Polled } from "./session";

export function KeysPanel({ keys, announce }: { keys: Polled<KeyInfo[]>; announce: (text: string) => void }) {
    const [making, setMaking] = useState(false);
    const [revoking, setRevoking] = useState<KeyInfo | null>(null);
    const [secret, setSecret] = useState<string | null>(null);
    return (
        <Panel
            id="keys"
            title="API keys"
            note="A key's secret is shown once, when it is made."
            actions={
                <button type="button" onClick={() => setMaking(true)}>
                    Make a key
                </button>
            }
        >
            <Failure words={keys.failure} />
            <Table
                label="API keys"
                heads={["Key", "May", "Today", "This month", "In all", "Left", "Limits", "Change"]}
                numbers={[2, 3, 4, 5]}
                empty={keys.value === null ? "Asking…" : "No key was made yet."}
            >
                {(keys.value ?? []).map((key) => (
                    <tr key={key.key_id}>
                        <th scope="row">
                            {key.settings.name}
                            <div class="muted small plain">
                                <code>{key.prefix}…</code> {key.settings.account ?? ""}
                            </div>
                        </th>
                        <td>
                            {(key.settings.scopes ?? []).map((scope) => (
                                <Badge key={scope} tone={scope === "operate" ? "warn" : undefined}>
                                    {scope}
                                </Badge>
                            ))}{" "}
                            {key.revoked_at === undefined ? null : (
                                <Badge tone="bad">revoked {moment(key.revoked_at)}</Badge>
                            )}
                        </td>
                        <td class="right number">{usd(key.spend.today)}</td>
                        <td class="right number">{usd(key.spend.this_month)}</td>
                        <td class="right number">{usd(key.spend.total)}</td>
                        <td class="right number">{key.spend.left === undefined ? "no limit" : usd(key.spend.left)}</td>
                        <td class="small">{limitsOf(key)}</td>
                        <td>
                            {key.revoked_at === undefined ? (
                                <button
                                    type="button"
                                    aria-label={`Revoke ${key.settings.name}`}
                                    onClick={() => setRevoking(key)}
                                >
                                    Revoke
                                </button>
                            ) : null}
                        </td>
                    </tr>
                ))}
            </Table>
            {making ? (
                <KeyDialog
                    close={() => setMaking(false)}
                    made={(name, made) => {
                        setSecret(made);
                        keys.refresh();
                        announce(`The key ${name} was made.`);
                    }}
                />
            ) : null}
            {secret === null || making ? null : (
                <Dialog
                    title="The key"
                    verb="Copy and close"
                    close={() => setSecret(null)}
                    act={async () => {
                        await navigator.clipboard.writeText(secret);
                    }}
                >
                    <p>Keep it now: it is not shown again.</p>
                    <pre class="secret" tabIndex={0} aria-label="The key's secret">
                        {secret}
                    </pre>
                </Dialog>
            )}
            {revoking === null ? null : (
                <Dialog
                    title={`Revoke ${revoking.settings.name}?`}
                    verb="Revoke"
                    danger
                    close={() => setRevoking(null)}
                    act={async () => {
                        await change("DELETE", `/operations/keys/${encodeURIComponent(revoking.key_id)}`);
                        keys.refresh();
                        announce(`The key ${revoking.settings.name} was revoked.`);
                    }}
                >
                    <p>Whoever uses it is refused from now on, at every gateway. This can't be taken back.</p>
                </Dialog>
            )}
        </Panel>
    );
}

function limitsOf(key: KeyInfo): string {
    const { budget, rate_limit: limit, expires_at: expires } = key.settings;
    return (
        [
            budget?.per_day === undefined ? null : `${usd(budget.per_day)} a day`,
            budget?.per_month === undefined ? null : `${usd(budget.per_month)} a month`,
            budget?.total === undefined ? null : `${usd(budget.total)} in all`,
            limit === undefined ? null : `${count(limit.requests_per_minute)} requests a minute`,
            expires === undefined ? null : `until ${moment(expires)}`,
        ]
            .filter((part) => part !== null)
            .join(", ") || "none"
    );
}

function KeyDialog({ close, made }: { close: () => void; made: (name: string, secret: string) => void }) {
    const [name, setName] = useState("");
    const [operate, setOperate] = useState(false);
    const [perDay, setPerDay] = useState("");
    const [perMonth, setPerMonth] = useState("");
    const [perMinute, setPerMinute] = useState("");
    const money = (text: string) => (text === "" ? undefined : Number(text));
    return (
        <Dialog
            title="Make a key"
            verb="Make"
            close={close}
            act={async () => {
                const limited = perDay !== "" || perMonth !== "";
                const created = await change<{ secret: string }>(
                    "POST",
                    "/operations/keys",
                    JSON.stringify({
                        name: name.trim(),
                        scopes: operate ? ["operate"] : ["caption"],
                        ...(limited ? { budget: { per_day: money(perDay), per_month: money(perMonth) } } : {}),
                        ...(perMinute === "" ? {} : { rate_limit: { requests_per_minute: Number(perMinute) } }),
                    }),
                );
                made(name.trim(), created.secret);
            }}
        >
            <div class="field">
                <label for="key-name">Name</label>
                <input
                    id="key-name"
                    required
                    maxLength={100}
                    value={name}
                    onInput={(event) => setName(event.currentTarget.value)}
                />
            </div>
            <label class="check">
                <input
                    type="checkbox"
                    checked={operate}
                    onChange={(event) => setOperate(event.currentTarget.checked)}
                />
                For operators: runs the network, buys no captions
            </label>
            <div class="triple">
                <NumberField id="key-day" label="USD a day" value={perDay} change={setPerDay} step="any" />
                <NumberField id="key-month" label="USD a month" value={perMonth} change={setPerMonth} step="any" />
                <NumberField id="key-rate" label="Requests a minute" value={perMinute} change={setPerMinute} step="1" />
            </div>
            <p class="muted small">A field left empty is no limit.</p>
        </Dialog>
    );
}

function NumberField(props: {
    id: string;
    label: string;
    value: string;
    change: (value: string) => void;
    step: string;
}) {
    return (
        <div class="field">
            <label for={props.id}>{props.label}</label>
            <input
                id={props.id}
                type="number"
                min={props.step === "1" ? 1 : 0}
                step={props.step}
                value={props.value}
                onInput={(event) => props.change(event.currentTarget.value)}
            />
        </div>
    );
}
