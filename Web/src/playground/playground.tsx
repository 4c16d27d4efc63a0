import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { KeyField } from "../shared/key-field";
import { ErrorNotice } from "./error-notice";
import type { Folder } from "./folders/folder";
import { useFolderJob } from "./folders/folder-job";
import { JobCard } from "./folders/job-card";
import { History } from "./history";
import { useModels } from "./models";
import { PictureInput } from "./picture-input";
import { RunCard } from "./run-card";
import { useRuns, type Picture } from "./runs";
import { initialSettings } from "./settings";
import { SettingsForm } from "./settings-form";
import "./playground.css";

/** As many pictures are taken at once: each is paid for. */
const mostAtOnce = 12;

/** Captions the visitor's pictures. */
export function Playground() {
    const [settings, setSettings] = useState(initialSettings);
    const [announcement, setAnnouncement] = useState("");
    const [hint, setHint] = useState<string | null>(null);
    const [keyNeeded, setKeyNeeded] = useState(false);
    const { models, error: modelsError, refresh } = useModels();
    const { runs, latestBatch, add, stop, retry, clearHistory } = useRuns(setAnnouncement);
    const { job, prepare, start, stop: stopJob, close } = useFolderJob(setAnnouncement);
    const form = useRef<HTMLFormElement>(null);
    const current = useRef(settings);
    current.current = settings;
    const jobHolds = useRef(false);
    jobHolds.current = job !== null && job.stage !== "ended" && job.stage !== "stopped";

    const send = useCallback(
        (pictures: readonly Picture[]) => {
            if (pictures.length === 0 || !isValid(form.current)) return;
            setAnnouncement(
                pictures.length === 1
                    ? `Captioning ${pictures[0]?.name ?? ""}…`
                    : `Captioning ${pictures.length} pictures…`,
            );
            add(pictures, current.current);
        },
        [add],
    );

    const take = useCallback(
        (files: readonly File[]) => {
            const taken = files.slice(0, mostAtOnce);
            setHint(
                files.length > taken.length
                    ? `Only the first ${mostAtOnce} of ${files.length} pictures were used. For more, choose their folder.`
                    : null,
            );
            send(taken.map((file) => ({ blob: file, name: file.name || "picture", url: URL.createObjectURL(file) })));
        },
        [send],
    );

    const readFolder = useCallback(
        async (reading: Promise<Folder>) => {
            const isTaken = () => {
                if (jobHolds.current) setHint("One folder at a time: this page already has a job.");
                return jobHolds.current;
            };
            if (isTaken() || !isValid(form.current)) return;
            try {
                const folder = await reading;
                // Another folder may have been read sooner.
                if (isTaken()) return;
                if (folder.pictures.length === 0) {
                    setHint(`There are no pictures in ${folder.name}.`);
                    return;
                }
                setHint(current.current.skipCache ? "Captions of a job may come from the cache." : null);
                setAnnouncement(`Uploading ${folder.name}…`);
                jobHolds.current = true;
                await prepare(folder, current.current);
            } catch (failure) {
                setHint(`The folder can't be read: ${failure instanceof Error ? failure.message : String(failure)}`);
            }
        },
        [prepare],
    );
    const takeFolder = useCallback((folder: Promise<Folder>) => void readFolder(folder), [readFolder]);

    const latest = runs.filter((run) => run.batch === latestBatch);
    const earlier = runs.filter((run) => run.batch !== latestBatch);
    const busy = runs.some((run) => run.state === "running" || run.state === "waiting");
    const refused =
        modelsError?.status === 401 || job?.error?.status === 401 || latest.some((run) => run.error?.status === 401);
    useEffect(() => {
        if (refused) setKeyNeeded(true);
    }, [refused]);

    return (
        <div class="playground">
            <div class="stack side">
                <div>
                    <h1>Playground</h1>
                    <p class="muted">Give it a picture, read its caption.</p>
                </div>
                <div class="card stack">
                    <PictureInput onFiles={take} onFolder={takeFolder} onError={setHint} />
                    {hint !== null && (
                        <p class="notice small" role="alert">
                            {hint}
                        </p>
                    )}
                </div>
                <div class="card stack">
                    <form class="stack" ref={form} onSubmit={(event) => event.preventDefault()} aria-label="Options">
                        <SettingsForm settings={settings} models={models} onChange={setSettings} />
                    </form>
                    {latest.length > 0 && (
                        <div class="row">
                            <button
                                type="button"
                                class="primary"
                                disabled={busy}
                                onClick={() => send(latest.map((run) => run.picture))}
                            >
                                Caption again
                            </button>
                            {busy && (
                                <button type="button" onClick={stop}>
                                    Stop
                                </button>
                            )}
                        </div>
                    )}
                    <details class="more" open={keyNeeded}>
                        <summary>API key</summary>
                        <KeyField
                            needed={keyNeeded}
                            onChange={() => {
                                setKeyNeeded(false);
                                void refresh();
                            }}
                        />
                    </details>
                </div>
                <p class="muted small">
                    Pictures go only to this gateway. Nothing is stored in this browser: pictures and captions are gone
                    when you close this tab. The gateway keeps the pictures and results of a folder, for 30 days unless
                    its operator says otherwise.
                </p>
            </div>
            <div class="stack results">
                <p role="status" class="hidden">
                    {announcement}
                </p>
                {modelsError !== null && <ErrorNotice error={modelsError} onRetry={() => void refresh()} />}
                {job !== null && (
                    <JobCard job={job} start={() => void start()} stop={() => void stopJob()} close={close} />
                )}
                {latest.length === 0 && job === null && modelsError === null && <Welcome />}
                {latest.length > 0 && (
                    <section class="stack" aria-label="Captions">
                        {latest.map((run) => (
                            <RunCard key={run.id} run={run} onRetry={() => retry(run)} />
                        ))}
                    </section>
                )}
                {earlier.length > 0 && <History runs={earlier} onRetry={retry} onClear={clearHistory} />}
            </div>
        </div>
    );
}

/** Whether all options can be used; the first that can't is shown. */
function isValid(form: HTMLFormElement | null): boolean {
    const invalid = form?.querySelector<HTMLInputElement>(":invalid");
    if (!invalid) return true;
    // A closed details element would hide it.
    invalid.closest("details")?.setAttribute("open", "");
    invalid.reportValidity();
    return false;
}

function Welcome() {
    return (
        <div class="welcome">
            <h2>Captions appear here, word by word</h2>
            <p class="muted">
                Each word shows how sure the model was of it. Below the caption you see its cost, where the time went,
                and code for the same request.
            </p>
        </div>
    );
}
