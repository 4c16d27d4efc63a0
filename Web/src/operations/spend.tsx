import { useMemo, useState } from "preact/hooks";
import { Chart } from "./chart";
import { count, day, share, usd } from "../shared/format";
import { Failure, Panel, Table } from "./parts";
import type { KeyInfo, UsageReport, UsageSum } from "./records";
import { usePolled } from "./session";

const heads = { model: "Model", key: "Key", node: "Node" };

const ranges = [
    { days: 1, title: "Today" },
    { days: 7, title: "7 days" },
    { days: 30, title: "30 days" },
    { days: 90, title: "90 days" },
];

export function SpendPanel({ keys }: { keys: KeyInfo[] }) {
    const [days, setDays] = useState(30);
    const from = day(days - 1);
    const byDay = useReport(from, "day");
    const total = byDay.value?.total;
    const nameOf = (id: string) => keys.find((key) => key.key_id === id)?.settings.name ?? id;
    return (
        <Panel
            id="spend"
            title="Spend"
            note="Spend of the whole network, from the ledger, by UTC day."
            actions={
                <div class="row" role="group" aria-label="How far back">
                    {ranges.map((range) => (
                        <button
                            key={range.days}
                            type="button"
                            aria-pressed={range.days === days}
                            onClick={() => setDays(range.days)}
                        >
                            {range.title}
                        </button>
                    ))}
                </div>
            }
        >
            <Failure words={byDay.failure} />
            {total === undefined ? (
                <p class="muted">Asking the ledger…</p>
            ) : (
                <>
                    <dl class="tiles" data-testid="spend-total">
                        <div>
                            <dt>Charged</dt>
                            <dd class="figure">{usd(total.charged_usd)}</dd>
                            <dd class="muted small">
                                {total.charged_usd === total.cost_usd
                                    ? "all that was delivered"
                                    : `of ${usd(total.cost_usd)} delivered`}
                            </dd>
                        </div>
                        <div>
                            <dt>Captions</dt>
                            <dd class="figure">{count(total.captions)}</dd>
                            <dd class="muted small">{count(total.tokens)} tokens</dd>
                        </div>
                        <div>
                            <dt>From the cache</dt>
                            <dd class="figure">{share(total.cache_hits, total.captions)}</dd>
                            <dd class="muted small">{count(total.cache_hits)} captions</dd>
                        </div>
                        <div>
                            <dt>Pixels</dt>
                            <dd class="figure">{count(total.pixels / 1e6)} MP</dd>
                            <dd class="muted small">of input pictures</dd>
                        </div>
                    </dl>
                    <ByDay report={byDay.value} days={days} />
                    <div class="charts">
                        <Ranking title="By model" from={from} dimension="model" nameOf={(id) => id} />
                        <Ranking title="By key" from={from} dimension="key" nameOf={nameOf} />
                        <Ranking
                            title="By node"
                            from={from}
                            dimension="node"
                            nameOf={(id) => (id === "" ? "from the cache" : id)}
                        />
                    </div>
                </>
            )}
        </Panel>
    );
}

function useReport(from: string, dimension: string) {
    return usePolled<UsageReport>(`/operations/usage?from=${from}&group_by=${dimension}`, 10_000);
}

function ByDay({ report, days }: { report: UsageReport | null; days: number }) {
    const series = useMemo(() => {
        const sums = new Map((report?.rows ?? []).map((row) => [row.day, row.sum]));
        const names = Array.from({ length: days }, (_, index) => day(days - 1 - index));
        return {
            times: names.map((name) => Date.parse(`${name}T12:00:00Z`) / 1000),
            lines: [
                {
                    title: "Charged",
                    colour: "one" as const,
                    values: names.map((name) => sums.get(name)?.charged_usd ?? 0),
                },
            ],
        };
    }, [report, days]);
    return (
        <>
            <Chart
                title="By day"
                times={series.times}
                lines={series.lines}
                write={usd}
                writeTime={(at) => new Date(at * 1000).toISOString().slice(0, 10)}
                bars
                height={170}
            />
            <details>
                <summary>By day as a table</summary>
                <Sums
                    label="Spend by day"
                    head="Day (UTC)"
                    rows={(report?.rows ?? []).map((row) => ({ name: row.day ?? "", sum: row.sum }))}
                />
            </details>
        </>
    );
}

function Ranking(props: {
    title: string;
    from: string;
    dimension: "model" | "key" | "node";
    nameOf: (id: string) => string;
}) {
    const report = useReport(props.from, props.dimension);
    const rows = (report.value?.rows ?? [])
        .map((row) => ({
            name: props.nameOf(
                (props.dimension === "model" ? row.model_id : props.dimension === "key" ? row.key_id : row.node_id) ??
                    "",
            ),
            sum: row.sum,
        }))
        .sort((one, other) => other.sum.charged_usd - one.sum.charged_usd || other.sum.captions - one.sum.captions);
    return (
        <div class="stack tight">
            <h3>{props.title}</h3>
            <Failure words={report.failure} />
            <Sums label={`Spend ${props.title.toLowerCase()}`} head={heads[props.dimension]} rows={rows} bars />
        </div>
    );
}

function Sums({
    label,
    head,
    rows,
    bars = false,
}: {
    label: string;
    head: string;
    rows: { name: string; sum: UsageSum }[];
    bars?: boolean;
}) {
    const most = Math.max(0, ...rows.map((row) => row.sum.charged_usd));
    return (
        <Table label={label} heads={[head, "Charged", "Captions"]} numbers={[1, 2]} empty="Nothing was delivered.">
            {rows.map((row) => (
                <tr key={row.name}>
                    <th scope="row">
                        {row.name}
                        {bars ? (
                            <svg class="bar" width="100%" height="6" aria-hidden="true">
                                <rect
                                    width={`${most === 0 ? 0 : (100 * row.sum.charged_usd) / most}%`}
                                    height="6"
                                    rx="3"
                                />
                            </svg>
                        ) : null}
                    </th>
                    <td class="right number">{usd(row.sum.charged_usd)}</td>
                    <td class="right number">{count(row.sum.captions)}</td>
                </tr>
            ))}
        </Table>
    );
}
