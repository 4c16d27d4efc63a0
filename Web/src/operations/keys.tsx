import { useState } from "preact/hooks";
import { count, localMinute, moment, perMegapixel, plain, usd } from "../shared/format";
import { Badge, Dialog, Failure, Panel, Table } from "./parts";
import type { KeyInfo } from "./records";
import { change, type Polled } from "./session";

type KeySettings = KeyInfo["settings"];

type Asked = { what: "make" } | { what: "change" | "rotate" | "revoke"; key: KeyInfo };

const pathOf = (key: KeyInfo) => `/operations/keys/${encodeURIComponent(key.key_id)}`;

export function KeysPanel({ keys, announce }: { keys: Polled<KeyInfo[]>; announce: (text: string) => void }) {
    const [asked, setAsked] = useState<Asked | null>(null);
    const [secret, setSecret] = useState<string | null>(null);
    const close = () => setAsked(null);
    const changed = (text: string) => {
        keys.refresh();
        announce(text);
    };
    return (
        <Panel
            id="keys"
            title="API keys"
            note="A key's secret is shown once, when it is created or rotated."
            actions={
                <button type="button" onClick={() => setAsked({ what: "make" })}>
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
                                <div class="row actions">
                                    {(["change", "rotate", "revoke"] as const).map((what) => (
                                        <button
                                            key={what}
                                            type="button"
                                            aria-label={`${verbs[what]} ${key.settings.name}`}
                                            onClick={() => setAsked({ what, key })}
                                        >
                                            {verbs[what]}
                                        </button>
                                    ))}
                                </div>
                            ) : null}
                        </td>
                    </tr>
                ))}
            </Table>
            {asked?.what === "make" ? (
                <KeyDialog
                    title="Make a key"
                    verb="Make"
                    settings={{ name: "" }}
                    close={close}
                    send={async (settings) => {
                        const made = await change<{ secret: string }>("POST", "/operations/keys", settings.json);
                        setSecret(made.secret);
                        changed(`The key ${settings.name} was made.`);
                    }}
                />
            ) : null}
            {asked?.what === "change" ? (
                <KeyDialog
                    title={`Change ${asked.key.settings.name}`}
                    verb="Change"
                    settings={asked.key.settings}
                    close={close}
                    send={async (settings) => {
                        await change<KeyInfo>("PUT", pathOf(asked.key), settings.json);
                        changed(`The key ${settings.name} was changed.`);
                    }}
                />
            ) : null}
            {asked?.what === "rotate" ? (
                <RotateDialog
                    keyInfo={asked.key}
                    close={close}
                    rotated={(made) => {
                        setSecret(made);
                        changed(`The key ${asked.key.settings.name} has a new secret.`);
                    }}
                />
            ) : null}
            {asked?.what === "revoke" ? (
                <Dialog
                    title={`Revoke ${asked.key.settings.name}?`}
                    verb="Revoke"
                    danger
                    close={close}
                    act={async () => {
                        await change("DELETE", pathOf(asked.key));
                        changed(`The key ${asked.key.settings.name} was revoked.`);
                    }}
                >
                    <p>From now on, every gateway refuses it. This can't be undone.</p>
                </Dialog>
            ) : null}
            {secret === null || asked !== null ? null : (
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
        </Panel>
    );
}

const verbs = { change: "Change", rotate: "Rotate", revoke: "Revoke" };

function limitsOf(key: KeyInfo): string {
    const {
        budget,
        rate_limit: limit,
        expires_at: expires,
        allowed_models: models,
        max_usd_per_pixel: cap,
    } = key.settings;
    return (
        [
            budget?.per_day === undefined ? null : `${usd(budget.per_day)} a day`,
            budget?.per_month === undefined ? null : `${usd(budget.per_month)} a month`,
            budget?.total === undefined ? null : `${usd(budget.total)} in all`,
            limit === undefined ? null : `${count(limit.requests_per_minute)} requests a minute`,
            cap === undefined ? null : `at most ${perMegapixel(cap)}`,
            models === undefined ? null : `only ${models.join(", ")}`,
            expires === undefined ? null : `until ${moment(expires)}`,
        ]
            .filter((part) => part !== null)
            .join(", ") || "none"
    );
}

function KeyDialog(props: {
    title: string;
    verb: string;
    /** What is set now. What the fields do not show (account, burst) stays as it is. */
    settings: KeySettings;
    close: () => void;
    send: (settings: { name: string; json: string }) => Promise<void>;
}) {
    const {
        budget,
        rate_limit: limit,
        max_usd_per_pixel: cap,
        allowed_models: allowed,
        expires_at: expires,
        scopes,
    } = props.settings;
    const [name, setName] = useState(props.settings.name);
    const [operate, setOperate] = useState(scopes?.includes("operate") ?? false);
    const [perDay, setPerDay] = useState(written(budget?.per_day));
    const [perMonth, setPerMonth] = useState(written(budget?.per_month));
    const [total, setTotal] = useState(written(budget?.total));
    const [perMinute, setPerMinute] = useState(written(limit?.requests_per_minute));
    const [perPixel, setPerPixel] = useState(written(cap));
    const [models, setModels] = useState((allowed ?? []).join(", "));
    const [until, setUntil] = useState(expires === undefined ? "" : localMinute(expires));
    const made = scopes === undefined;
    return (
        <Dialog
            title={props.title}
            verb={props.verb}
            close={props.close}
            act={() => {
                const only = models.split(/[\s,]+/).filter((model) => model !== "");
                // The field shows minutes. A time that was not edited keeps its seconds.
                const untouched = expires !== undefined && until === localMinute(expires);
                const limited = perDay !== "" || perMonth !== "" || total !== "";
                // Undefined fields are left out and set no limit.
                const settings = {
                    ...props.settings,
                    name: name.trim(),
                    scopes: made ? [operate ? "operate" : "caption"] : scopes,
                    budget: limited
                        ? { per_day: amount(perDay), per_month: amount(perMonth), total: amount(total) }
                        : undefined,
                    rate_limit: perMinute === "" ? undefined : { ...limit, requests_per_minute: Number(perMinute) },
                    max_usd_per_pixel: amount(perPixel),
                    allowed_models: only.length === 0 ? undefined : only,
                    expires_at: until === "" ? undefined : untouched ? expires : new Date(until).toISOString(),
                };
                return props.send({ name: name.trim(), json: JSON.stringify(settings) });
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
            {made ? (
                <label class="check">
                    <input
                        type="checkbox"
                        checked={operate}
                        onChange={(event) => setOperate(event.currentTarget.checked)}
                    />
                    For operators: runs the network, requests no captions
                </label>
            ) : null}
            <div class="triple">
                <NumberField id="key-day" label="USD a day" value={perDay} change={setPerDay} step="any" />
                <NumberField id="key-month" label="USD a month" value={perMonth} change={setPerMonth} step="any" />
                <NumberField id="key-total" label="USD in all" value={total} change={setTotal} step="any" />
            </div>
            <div class="pair">
                <NumberField
                    id="key-rate"
                    label="Requests per minute"
                    value={perMinute}
                    change={setPerMinute}
                    step="1"
                />
                <NumberField
                    id="key-cap"
                    label="Maximum USD per pixel"
                    value={perPixel}
                    change={setPerPixel}
                    step="any"
                />
            </div>
            <div class="field">
                <label for="key-models">Only these models, separated by commas</label>
                <input
                    id="key-models"
                    value={models}
                    autocapitalize="off"
                    spellcheck={false}
                    onInput={(event) => setModels(event.currentTarget.value)}
                />
            </div>
            <div class="field">
                <label for="key-until">Works until (your time)</label>
                <input
                    id="key-until"
                    type="datetime-local"
                    value={until}
                    onInput={(event) => setUntil(event.currentTarget.value)}
                />
            </div>
            <p class="muted small">An empty field sets no limit.</p>
        </Dialog>
    );
}

const written = (value: number | undefined) => (value === undefined ? "" : plain(value));

const amount = (text: string) => (text === "" ? undefined : Number(text));

const overlaps = [
    { seconds: 0, words: "is refused at once" },
    { seconds: 3600, words: "works for one more hour" },
    { seconds: 86_400, words: "works for one more day" },
    { seconds: 604_800, words: "works for one more week" },
];

function RotateDialog({
    keyInfo,
    close,
    rotated,
}: {
    keyInfo: KeyInfo;
    close: () => void;
    rotated: (secret: string) => void;
}) {
    const [overlap, setOverlap] = useState("0");
    return (
        <Dialog
            title={`Rotate ${keyInfo.settings.name}?`}
            verb="Rotate"
            danger={overlap === "0"}
            close={close}
            act={async () => {
                const made = await change<{ secret: string }>(
                    "POST",
                    `${pathOf(keyInfo)}/rotate`,
                    JSON.stringify({ overlap_seconds: Number(overlap) }),
                );
                rotated(made.secret);
            }}
        >
            <p>The key gets a new secret. Its limits and spend stay.</p>
            <div class="field">
                <label for="key-overlap">The old secret</label>
                <select id="key-overlap" value={overlap} onChange={(event) => setOverlap(event.currentTarget.value)}>
                    {overlaps.map(({ seconds, words }) => (
                        <option key={seconds} value={seconds}>
                            {words}
                        </option>
                    ))}
                </select>
            </div>
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
