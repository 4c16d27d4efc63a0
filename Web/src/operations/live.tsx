import { useMemo } from "preact/hooks";
import { Chart, type Line } from "./chart";
import { bytes, count, milliseconds, rate, share, usd } from "../shared/format";
import { Badge, Failure, Panel, Table } from "./parts";
import type { LiveSecond } from "./records";
import type { Live } from "./session";

const clock = (at: number): string => new Date(at * 1000).toLocaleTimeString();

export function LivePanel({
    live,
    paused,
    setPaused,
}: {
    live: Live;
    paused: boolean;
    setPaused: (paused: boolean) => void;
}) {
    const { figures, seconds } = live;
    const charts = useMemo(() => chartsOf(seconds), [seconds]);
    const summary = figures?.summary;
    return (
        <Panel
            id="live"
            title="Now"
            note={
                figures === null ? undefined : (
                    <>
                        What the gateway <code>{figures.gateway_id}</code> did. With several gateways, each has its own
                        figures. Nodes, prices and spend below cover the whole network.
                    </>
                )
            }
            actions={
                <div class="row">
                    <Badge tone={live.failure !== null ? "bad" : paused ? "warn" : "good"}>
                        {live.failure !== null ? "No answer" : paused ? "Paused" : "Live"}
                    </Badge>
                    <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
                        {paused ? "Resume" : "Pause"}
                    </button>
                </div>
            }
        >
            <Failure words={live.failure} />
            {summary === undefined || figures === null ? (
                <p class="muted">Asking the gateway…</p>
            ) : (
                <>
                    <dl class="tiles" data-testid="tiles">
                        <Tile
                            title="Captions, last minute"
                            value={count(summary.captions)}
                            more={usd(summary.cost_usd)}
                        />
                        <Tile
                            title="Median latency"
                            value={milliseconds(summary.p50_ms)}
                            more={`95 %: ${milliseconds(summary.p95_ms)} · 99 %: ${milliseconds(summary.p99_ms)}`}
                        />
                        <Tile
                            title="From the cache"
                            value={share(summary.hits + summary.coalesced, summary.captions)}
                            more={`${count(summary.hits)} known, ${count(summary.coalesced)} shared`}
                        />
                        <Tile
                            title="Tokens per second"
                            value={rate(summary.tokens / summary.seconds)}
                            more={`${count(summary.tokens)} in all`}
                        />
                        <Tile
                            title="In flight"
                            value={count(figures.in_flight)}
                            more={`${bytes(figures.intake_bytes)} of ${bytes(figures.intake_limit_bytes)} pictures`}
                        />
                        <Tile
                            title="Refused or failed"
                            value={count(summary.refused + summary.overloaded + summary.failed)}
                            more={`${count(summary.overloaded)} busy, ${count(summary.failed)} failed, ${count(summary.node_faults)} node faults`}
                            bad={summary.failed > 0}
                        />
                    </dl>
                    {figures.ledger_behind ? (
                        <p class="notice small">
                            Some usage records of this gateway have not reached the ledger yet, so spend lags behind.
                        </p>
                    ) : null}
                    <div class="charts">
                        <Chart
                            title="Captions per second"
                            times={charts.times}
                            lines={charts.captions}
                            write={rate}
                            writeTime={clock}
                        />
                        <Chart
                            title="Latency"
                            times={charts.times}
                            lines={charts.latency}
                            write={milliseconds}
                            writeTime={clock}
                        />
                        <Chart
                            title="Tokens per second"
                            times={charts.times}
                            lines={charts.tokens}
                            write={rate}
                            writeTime={clock}
                        />
                        <Chart
                            title="In flight"
                            times={charts.times}
                            lines={charts.flight}
                            write={rate}
                            writeTime={clock}
                        />
                    </div>
                    <details>
                        <summary>The last five minutes as a table</summary>
                        <Table
                            label="The last five minutes"
                            heads={[
                                "Until",
                                "Captions",
                                "From the cache",
                                "Refused",
                                "Busy",
                                "Failed",
                                "Tokens",
                                "Most in flight",
                            ]}
                            numbers={[1, 2, 3, 4, 5, 6, 7]}
                        >
                            {rowsOf(seconds).map((row) => (
                                <tr key={row.at}>
                                    <th scope="row">{clock(row.at)}</th>
                                    <td class="right">{count(row.captions)}</td>
                                    <td class="right">{count(row.hits + row.coalesced)}</td>
                                    <td class="right">{count(row.refused)}</td>
                                    <td class="right">{count(row.overloaded)}</td>
                                    <td class="right">{count(row.failed)}</td>
                                    <td class="right">{count(row.tokens)}</td>
                                    <td class="right">{count(row.in_flight)}</td>
                                </tr>
                            ))}
                        </Table>
                    </details>
                </>
            )}
        </Panel>
    );
}

function Tile({ title, value, more, bad }: { title: string; value: string; more: string; bad?: boolean }) {
    return (
        <div>
            <dt>{title}</dt>
            <dd class={bad ? "figure bad" : "figure"}>{value}</dd>
            <dd class="muted small">{more}</dd>
        </div>
    );
}

function chartsOf(seconds: LiveSecond[]) {
    const line = (
        title: string,
        colour: Line["colour"],
        read: (second: LiveSecond) => number | undefined,
        dash?: number[],
    ): Line => ({
        title,
        colour,
        values: seconds.map((second) => read(second) ?? null),
        ...(dash === undefined ? { fill: true } : { dash }),
    });
    return {
        times: seconds.map((second) => second.at),
        captions: [
            line("Delivered", "one", (second) => second.captions),
            line("From the cache", "two", (second) => second.hits + second.coalesced, [6, 3]),
            line("Refused or failed", "bad", (second) => second.refused + second.overloaded + second.failed, [2, 3]),
        ],
        latency: [
            line("Median", "one", (second) => second.p50_ms),
            line("95 %", "two", (second) => second.p95_ms, [6, 3]),
            line("99 %", "three", (second) => second.p99_ms, [2, 3]),
        ],
        tokens: [line("Tokens", "one", (second) => second.tokens)],
        flight: [line("Captions under way", "one", (second) => second.in_flight)],
    };
}

/** Ten seconds a row, the newest first. */
function rowsOf(seconds: LiveSecond[]): LiveSecond[] {
    const rows: LiveSecond[] = [];
    for (const second of [...seconds].reverse()) {
        const row = rows.at(-1);
        if (row === undefined || row.at - second.at >= 10) {
            rows.push({ ...second });
        } else {
            row.captions += second.captions;
            row.hits += second.hits;
            row.coalesced += second.coalesced;
            row.refused += second.refused;
            row.overloaded += second.overloaded;
            row.failed += second.failed;
            row.tokens += second.tokens;
            row.in_flight = Math.max(row.in_flight, second.in_flight);
        }
    }
    return rows;
}
