import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Line {
    title: string;
    /** A colour of operations.css. */
    colour: "one" | "two" | "three" | "bad";
    values: (number | null)[];
    /** Lines differ in more than colour. */
    dash?: number[];
    fill?: boolean;
}

interface ChartProps {
    title: string;
    /** Unix seconds. */
    times: number[];
    lines: Line[];
    /** How a value is written on the axis and in the legend. */
    write: (value: number) => string;
    /** How a time is written in the legend. */
    writeTime: (time: number) => string;
    bars?: boolean;
    height?: number;
}

/** A chart with its figures in words: what is drawn is also said, and stands in a table beside it. */
export function Chart({ title, times, lines, write, writeTime, bars = false, height = 150 }: ChartProps) {
    const place = useRef<HTMLDivElement>(null);
    const plot = useRef<UPlot>(null);
    const [at, setAt] = useState<number | null>(null);
    const scheme = useScheme();
    const shape = lines.map((line) => `${line.title} ${line.colour}`).join();
    const shown = useRef({ times, lines, write });
    shown.current = { times, lines, write };

    useEffect(() => {
        const element = place.current;
        if (element === null) return;
        const made = new UPlot(
            options(element, shown.current.lines, (value) => shown.current.write(value), bars, height, setAt),
            dataOf(shown.current.times, shown.current.lines),
            element,
        );
        plot.current = made;
        const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
        resized.observe(element);
        return () => {
            resized.disconnect();
            made.destroy();
            plot.current = null;
        };
    }, [shape, scheme, bars, height]);

    useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);

    const index = at ?? times.length - 1;
    const time = times[index];
    return (
        <figure class="chart">
            <figcaption>
                <h3>{title}</h3>
                <span class="muted small number">{time === undefined ? "" : writeTime(time)}</span>
            </figcaption>
            <div ref={place} role="img" aria-label={`${title}. ${inWords(lines, write)}`} />
            <ul class="legend">
                {lines.map((line) => (
                    <li key={line.title}>
                        <svg class={`key ${line.colour}`} viewBox="0 0 18 4" width="18" height="4" aria-hidden="true">
                            <line x1="0" x2="18" y1="2" y2="2" stroke-dasharray={line.dash?.join(" ")} />
                        </svg>
                        {line.title}{" "}
                        <b class="number">
                            {line.values[index] === null || line.values[index] === undefined
                                ? "–"
                                : write(line.values[index])}
                        </b>
                    </li>
                ))}
            </ul>
        </figure>
    );
}

function inWords(lines: Line[], write: (value: number) => string): string {
    return lines
        .map((line) => {
            const known = line.values.filter((value) => value !== null);
            const last = known.at(-1);
            return last === undefined
                ? `${line.title}: nothing yet.`
                : `${line.title}: ${write(last)} last, ${write(Math.max(...known))} at most.`;
        })
        .join(" ");
}

function dataOf(times: number[], lines: Line[]): UPlot.AlignedData {
    return [times, ...lines.map((line) => line.values)];
}

function options(
    element: HTMLElement,
    lines: Line[],
    write: (value: number) => string,
    bars: boolean,
    height: number,
    pointed: (index: number | null) => void,
): UPlot.Options {
    const ink = colourOf(element, "muted");
    const grid = { stroke: colourOf(element, "line"), width: 1 };
    const font = "12px system-ui, sans-serif";
    return {
        width: Math.max(120, element.clientWidth),
        height,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        hooks: { setCursor: [(chart) => pointed(chart.cursor.idx ?? null)] },
        scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
        axes: [
            {
                stroke: ink,
                grid: { show: false },
                ticks: { show: false },
                font,
                size: 24,
                space: 70,
                values: (_, splits) => splits.map((time) => (bars ? dayOf(time) : clockOf(time))),
            },
            {
                stroke: ink,
                grid,
                ticks: { show: false },
                font,
                size: 58,
                space: 34,
                values: (_, splits) => splits.map((value) => write(value)),
            },
        ],
        series: [
            {},
            ...lines.map((line): UPlot.Series => {
                const stroke = colourOf(element, line.colour);
                return {
                    label: line.title,
                    stroke,
                    width: bars ? 0 : 1.75,
                    // A second without captions has no latency, so the line breaks there. A lone value is a dot.
                    ...(bars ? { points: { show: false } } : { points: { size: 4 } }),
                    spanGaps: false,
                    ...(line.dash === undefined ? {} : { dash: line.dash }),
                    ...(bars || line.fill ? { fill: bars ? stroke : colourOf(element, `${line.colour}-soft`) } : {}),
                    ...(bars && UPlot.paths.bars ? { paths: UPlot.paths.bars({ size: [0.7, 48] }) } : {}),
                };
            }),
        ],
    };
}

const clockOf = (time: number): string =>
    new Date(time * 1000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

const dayOf = (time: number): string =>
    new Date(time * 1000).toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** A canvas takes no properties of CSS: asks what one of them is now. */
function colourOf(element: HTMLElement, name: string): string {
    const probe = document.createElement("i");
    probe.className = `probe ${name}`;
    element.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
}

/** Changes whenever the page turns light or dark. */
function useScheme(): number {
    const [turns, setTurns] = useState(0);
    useEffect(() => {
        const turned = () => setTurns((before) => before + 1);
        const system = matchMedia("(prefers-color-scheme: dark)");
        const chosen = new MutationObserver(turned);
        system.addEventListener("change", turned);
        chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
        return () => {
            system.removeEventListener("change", turned);
            chosen.disconnect();
        };
    }, []);
    return turns;
}
