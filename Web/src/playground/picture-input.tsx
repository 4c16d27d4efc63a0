import { useEffect, useState } from "preact/hooks";
import { call } from "../shared/api";
import { droppedFiles, droppedFolders, pickedFolder, readFolders, type Folder } from "./folders/folder";
import { samples } from "./samples";

/** Ways to give pictures: drop them or their folder anywhere, paste them anywhere, pick files or a folder, or take a sample. */
export function PictureInput({
    onFiles,
    onFolder,
    onError,
}: {
    onFiles: (files: readonly File[]) => void;
    onFolder: (folder: Promise<Folder>) => void;
    onError: (message: string) => void;
}) {
    const [over, setOver] = useState(false);

    useEffect(() => {
        const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
        const drag = (event: DragEvent) => {
            if (!hasFiles(event)) return;
            event.preventDefault();
            setOver(true);
        };
        const leave = (event: DragEvent) => {
            if (event.relatedTarget === null) setOver(false);
        };
        const drop = (event: DragEvent) => {
            if (!hasFiles(event)) return;
            event.preventDefault();
            setOver(false);
            // Both are asked for now: afterwards the browser has forgotten what was dropped.
            const files = droppedFiles(event.dataTransfer);
            const folders = droppedFolders(event.dataTransfer);
            if (files.length > 0) onFiles(files);
            if (folders.length > 0) onFolder(readFolders(folders));
        };
        const paste = (event: ClipboardEvent) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0) return;
            event.preventDefault();
            onFiles(files);
        };
        document.addEventListener("dragover", drag);
        document.addEventListener("dragleave", leave);
        document.addEventListener("drop", drop);
        document.addEventListener("paste", paste);
        return () => {
            document.removeEventListener("dragover", drag);
            document.removeEventListener("dragleave", leave);
            document.removeEventListener("drop", drop);
            document.removeEventListener("paste", paste);
        };
    }, [onFiles, onFolder]);

    async function takeSample(file: string) {
        try {
            const response = await call(`/samples/${file}`);
            const blob = await response.blob();
            onFiles([new File([blob], file, { type: blob.type })]);
        } catch {
            onError(`The sample ${file} can't be fetched: the gateway can't be reached.`);
        }
    }

    return (
        <section class="stack" aria-label="Pictures">
            <label class={over ? "drop over" : "drop"}>
                <input
                    class="hidden"
                    type="file"
                    accept="image/*,.avif,.tif,.tiff"
                    multiple
                    onChange={(event) => {
                        onFiles([...(event.currentTarget.files ?? [])]);
                        // Lets the visitor pick the same file again.
                        event.currentTarget.value = "";
                    }}
                />
                <svg class="drop-mark" viewBox="0 0 24 24" aria-hidden="true">
                    <rect x="3" y="4" width="18" height="16" rx="3" />
                    <circle cx="9" cy="10" r="1.8" />
                    <path d="m4 18 5-5 3 3 4-5 4.5 5.5" />
                </svg>
                <strong>Choose pictures</strong>
                <span class="muted small">
                    or drop or paste them anywhere on this page. They are captioned at once.
                </span>
            </label>
            <label class="button folder">
                <input
                    class="hidden"
                    type="file"
                    {...{ webkitdirectory: true }}
                    onChange={(event) => {
                        const files = [...(event.currentTarget.files ?? [])];
                        event.currentTarget.value = "";
                        if (files.length > 0) onFolder(Promise.resolve(pickedFolder(files)));
                    }}
                />
                Choose a folder
                <span class="muted small">or drop it: a job with a quote first</span>
            </label>
            <div>
                <h2 class="label muted samples-title">Or try a sample</h2>
                <ul class="samples">
                    {samples.map((sample) => (
                        <li key={sample.file}>
                            <button type="button" onClick={() => void takeSample(sample.file)}>
                                <img src={sample.thumbnail} alt="" width="96" height="72" />
                                <span>{sample.title}</span>
                            </button>
                        </li>
                    ))}
                </ul>
            </div>
        </section>
    );
}
