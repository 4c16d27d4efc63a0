import { useId, useState } from "preact/hooks";
import { storedKey, storeKey } from "./key";

/** Takes the visitor's API key. It stays in this tab's session storage. */
export function KeyField({ needed, onChange }: { needed: boolean; onChange: () => void }) {
    const [value, setValue] = useState(() => storedKey() ?? "");
    const [kept, setKept] = useState(() => storedKey() !== null);
    const id = useId();
    return (
        <form
            class="field"
            onSubmit={(event) => {
                event.preventDefault();
                storeKey(value);
                setKept(storedKey() !== null);
                onChange();
            }}
        >
            <label for={id}>API key</label>
            <div class="joined">
                <input
                    id={id}
                    type="password"
                    autocomplete="off"
                    spellcheck={false}
                    aria-describedby={`${id}-hint`}
                    value={value}
                    onInput={(event) => setValue(event.currentTarget.value)}
                />
                <button type="submit">Use</button>
            </div>
            <span class="hint" id={`${id}-hint`}>
                {kept
                    ? "In use until you close this tab. To remove it, empty the field."
                    : needed
                      ? "This gateway requires one. It is kept until you close this tab."
                      : "Needed only if the gateway requires one. It is kept until you close this tab."}
            </span>
        </form>
    );
}
