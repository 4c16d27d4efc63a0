import { useEffect, useRef } from "preact/hooks";
import { age, count, usd } from "../../shared/format";
import { save } from "../../shared/save";
import { ErrorNotice } from "../error-notice";
import { doneOf, sumOf, type FolderJob } from "./folder-job";
import { csvOf, failuresOf, jsonLinesOf } from "./results";

interface Props {
    readonly job: FolderJob;
    readonly start: () => void;
    readonly stop: () => void;
    readonly close: () => void;
}

/** A folder as a job: its upload, its quote, its progress, its results. */
export function JobCard({ job, start, stop, close }: Props) {
    return (
        <section class="card stack" aria-labelledby="job">
            <div class="row spread">
                <h2 id="job" class="break">
                    {job.name}
                </h2>
                <span class="muted small number">{pictures(job.total)}</span>
            </div>
            {job.stage === "uploading" && <Uploading job={job} close={close} />}
            {job.stage === "quoted" && <Quoted job={job} start={start} close={close} />}
            {job.stage === "running" && <Running job={job} stop={stop} />}
            {job.stage === "ended" && <Ended job={job} close={close} />}
            {job.stage === "stopped" && (
                <>
                    {job.error !== null && <ErrorNotice error={job.error} />}
                    <div class="row">
                        <button type="button" onClick={close}>
                            Close
                        </button>
                    </div>
                </>
            )}
        </section>
    );
}

function Uploading({ job, close }: { job: FolderJob; close: () => void }) {
    return (
        <>
            <progress max={job.total} value={job.uploaded} aria-label="Upload" />
            <p class="number">
                {count(job.uploaded)} of {pictures(job.total)} uploaded. Nothing is captioned or charged yet.
            </p>
            <div class="row">
                <button type="button" onClick={close}>
                    Cancel
                </button>
            </div>
        </>
    );
}

function Quoted({ job, start, close }: { job: FolderJob; start: () => void; close: () => void }) {
    const { quote } = job;
    const button = useRef<HTMLButtonElement>(null);
    useEffect(() => button.current?.focus(), []);
    return (
        <>
            {quote === null ? (
                <p>The model has no price at present, so there is no quote.</p>
            ) : (
                <p class="number">
                    {pictures(quote.pictures)}, {count(Math.ceil(quote.pixels / 1e6))} megapixels: at most{" "}
                    <strong>{usd(quote.most_usd)}</strong>
                    {quote.least_usd < quote.most_usd && <>, at least {usd(quote.least_usd)}</>}. Captions from the
                    cache cost less, and pictures that fail cost nothing.
                    {quote.bounded > 0 && (
                        <>
                            {" "}
                            The size of {pictures(quote.bounded)} can't be read: each counts as the largest that is
                            taken.
                        </>
                    )}
                </p>
            )}
            <div class="row">
                <button type="button" class="primary" ref={button} onClick={start}>
                    Start the job
                </button>
                <button type="button" onClick={close}>
                    Discard
                </button>
            </div>
        </>
    );
}

function Running({ job, stop }: { job: FolderJob; stop: () => void }) {
    const done = doneOf(job.batches);
    const failures = sumOf(job.batches, (batch) => batch.request_counts.failed);
    const pause = job.batches.find((batch) => batch.pause)?.pause;
    const cancelling = job.batches.some((batch) => batch.status === "cancelling");
    return (
        <>
            <progress max={job.total} value={done} aria-label="Progress" />
            <p class="number">
                {count(done)} of {pictures(job.total)} done, {count(failures)} failed, {usd(costOf(job))} so far
                {job.secondsLeft !== null && `, ${age(job.secondsLeft)} left`}.
            </p>
            {pause && (
                <p class="notice" role="alert">
                    Paused: {pause.reason === "budget_exhausted" ? "the budget is spent" : pause.reason}. The job goes
                    on by itself when it can.
                </p>
            )}
            {job.trouble !== null && <p class="notice small">{job.trouble} The job goes on; asking again.</p>}
            <p class="muted small">
                The job goes on if you close this tab. Its results are then at <code>GET /v1/batches</code>.
            </p>
            <div class="row">
                <button type="button" disabled={cancelling} onClick={stop}>
                    {cancelling ? "Cancelling…" : "Cancel the job"}
                </button>
            </div>
        </>
    );
}

function Ended({ job, close }: { job: FolderJob; close: () => void }) {
    const captions = job.results.filter((result) => result.caption !== null).length;
    const failures = failuresOf(job.results);
    return (
        <>
            <p class="number">
                {count(captions)} of {pictures(job.total)} captioned for {usd(costOf(job))}.
            </p>
            {failures.length > 0 && (
                <ul class="small" aria-label="Failures">
                    {failures.map(([code, times]) => (
                        <li key={code}>
                            <code>{code}</code> {count(times)}
                        </li>
                    ))}
                </ul>
            )}
            <div class="row">
                <button
                    type="button"
                    class="primary"
                    onClick={() =>
                        save(new Blob([jsonLinesOf(job.results)], { type: "application/jsonl" }), `${job.name}.jsonl`)
                    }
                >
                    Save as JSON lines
                </button>
                <button
                    type="button"
                    onClick={() => save(new Blob([csvOf(job.results)], { type: "text/csv" }), `${job.name}.csv`)}
                >
                    Save as CSV
                </button>
                <button type="button" onClick={close}>
                    Close
                </button>
            </div>
        </>
    );
}

function pictures(number: number): string {
    return number === 1 ? "1 picture" : `${count(number)} pictures`;
}

function costOf(job: FolderJob): number {
    return sumOf(job.batches, (batch) => batch.cost_usd);
}
