import { useState } from "preact/hooks";
import { age, count, moment, rate, usd } from "../shared/format";
import { Badge, Copied, Dialog, Failure, Panel, Table } from "./parts";
import type { JobInfo, JobList } from "./records";
import { change, usePolled } from "./session";

const ended = ["completed", "cancelled", "expired", "failed"];

export function JobsPanel({ announce }: { announce: (text: string) => void }) {
    const jobs = usePolled<JobList>("/operations/jobs", 3000);
    const [asked, setAsked] = useState<JobInfo | null>(null);
    return (
        <Panel
            id="jobs"
            title="Jobs"
            note="Everyone's jobs and batches, those under way first. They take the places that nobody waits for."
        >
            <Failure words={jobs.failure} />
            <Table
                label="Jobs"
                heads={["Job", "State", "Progress", "Rate", "Left", "Cost", "Failures", "Started", "Change"]}
                numbers={[3, 4, 5]}
                empty="There are no jobs."
            >
                {(jobs.value?.jobs ?? []).map((job) => (
                    <JobRow key={job.id} job={job} choose={setAsked} />
                ))}
            </Table>
            {jobs.value?.has_more === true ? (
                <p class="muted small">There are more jobs. These are the first {count(jobs.value.jobs.length)}.</p>
            ) : null}
            {asked === null ? null : (
                <Dialog
                    title={`Cancel ${asked.id}?`}
                    verb="Cancel the job"
                    danger
                    close={() => setAsked(null)}
                    act={async () => {
                        await change<JobInfo>("POST", `/operations/jobs/${encodeURIComponent(asked.id)}/cancel`);
                        jobs.refresh();
                        announce(`${asked.id} is cancelled.`);
                    }}
                >
                    <p>Pictures under way still end, and are charged. Their results stay.</p>
                </Dialog>
            )}
        </Panel>
    );
}

function JobRow({ job, choose }: { job: JobInfo; choose: (job: JobInfo) => void }) {
    const done = job.pictures.captioned + job.pictures.failed;
    return (
        <tr>
            <th scope="row">
                <Copied text={job.id} label="job" />
                {placeOf(job) === undefined ? null : <div class="muted small plain">{placeOf(job)}</div>}
                <div class="muted small plain">{job.key_id ?? ""}</div>
            </th>
            <td>
                <Badge tone={toneOf(job)}>{job.pause === undefined ? job.status.replace("_", " ") : "paused"}</Badge>
                {job.pause === undefined ? null : <div class="small">{job.pause.reason}</div>}
            </td>
            <td>
                <progress max={Math.max(1, job.pictures.total)} value={done} aria-label={`Progress of ${job.id}`} />
                <div class="muted small">
                    {count(done)} of {count(job.pictures.total)}
                </div>
            </td>
            <td class="right">{job.per_second === undefined ? "–" : `${rate(job.per_second)} / s`}</td>
            <td class="right">{job.seconds_left === undefined ? "–" : age(job.seconds_left)}</td>
            <td class="right">{usd(job.cost_usd)}</td>
            <td>
                {failuresOf(job).map(([code, times]) => (
                    <div key={code} class="small">
                        {code} {count(times)}
                    </div>
                ))}
            </td>
            <td>{moment(job.created_at)}</td>
            <td>
                {ended.includes(job.status) || job.status === "cancelling" ? null : (
                    <button type="button" aria-label={`Cancel ${job.id}`} onClick={() => choose(job)}>
                        Cancel
                    </button>
                )}
            </td>
        </tr>
    );
}

/** Where the pictures of a job are; undefined: its requests hold them, or their web addresses. */
export function placeOf(job: Pick<JobInfo, "folder" | "bucket" | "prefix">): string | undefined {
    return job.bucket === undefined ? job.folder : `s3://${job.bucket}/${job.prefix ?? ""}`;
}

function toneOf(job: JobInfo): "good" | "warn" | "bad" | undefined {
    if (job.pause !== undefined) return "warn";
    if (job.status === "failed" || job.status === "expired") return "bad";
    return job.status === "completed" && job.pictures.failed === 0 ? "good" : undefined;
}

/** The failures of a job, the most frequent first. */
export function failuresOf(job: Pick<JobInfo, "failures">): [string, number][] {
    return Object.entries(job.failures).sort(([, one], [, other]) => other - one);
}
