import type { ApiError } from "../shared/api";
import { titleOf, waitOf } from "./errors";

/** A refusal in plain words: what happened, what the gateway says of it, and when to try again. */
export function ErrorNotice({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
    const wait = waitOf(error);
    return (
        <div class="notice bad stack" role="alert">
            <p>
                <strong>{titleOf(error)}</strong>
            </p>
            <p>{error.message}</p>
            {wait !== null && <p>{wait}</p>}
            <div class="row spread">
                {onRetry && (
                    <button type="button" onClick={onRetry}>
                        Try again
                    </button>
                )}
                <span class="muted small">
                    {error.status > 0 && `Status ${error.status}, `}
                    <code>{error.code}</code>
                    {error.requestId !== null && (
                        <>
                            , request <code class="break">{error.requestId}</code>
                        </>
                    )}
                </span>
            </div>
        </div>
    );
}
