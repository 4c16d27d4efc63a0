import { useState } from "preact/hooks";
import { ErrorsPanel } from "./errors";
import { JobsPanel } from "./jobs";
import { KeysPanel } from "./keys";
import { LivePanel } from "./live";
import { ModelsPanel } from "./models";
import { NodesPanel } from "./nodes";
import { Failure } from "./parts";
import { PricesPanel } from "./prices";
import type { KeyInfo, NodeInfo, OperatorPrices } from "./records";
import { useLive, usePolled, useSession, type Session } from "./session";
import { SpendPanel } from "./spend";
import { StatementsPanel } from "./statements";
import "./operations.css";

const sections = [
    ["live", "Now"],
    ["nodes", "Nodes"],
    ["models", "Models"],
    ["jobs", "Jobs"],
    ["prices", "Prices"],
    ["spend", "Spend"],
    ["statements", "Statements"],
    ["keys", "Keys"],
    ["errors", "Errors"],
];

export function Operations() {
    const session = useSession();
    return session.signedIn ? <Board signOut={session.signOut} /> : <SignIn session={session} />;
}

function SignIn({ session }: { session: Session }) {
    const [key, setKey] = useState("");
    const [busy, setBusy] = useState(false);
    return (
        <form
            class="card stack sign-in"
            onSubmit={(event) => {
                event.preventDefault();
                setBusy(true);
                void session.signIn(key).finally(() => setBusy(false));
            }}
        >
            <h1>Operations</h1>
            <p class="muted">
                Nodes, models, prices, spend and keys of this network. You need a key with the scope{" "}
                <code>operate</code>, even on the gateway's own machine: otherwise, another site's page could act in
                your name.
            </p>
            <div class="field">
                <label for="operator-key">Operator key</label>
                <input
                    id="operator-key"
                    type="password"
                    autocomplete="off"
                    required
                    value={key}
                    aria-describedby="operator-key-hint"
                    onInput={(event) => setKey(event.currentTarget.value)}
                />
                <span class="hint" id="operator-key-hint">
                    Kept until you close this tab. <code>serve</code> prints where its operator token is.
                </span>
            </div>
            <Failure words={session.refusal} />
            <button type="submit" class="primary" disabled={busy}>
                {busy ? "Asking…" : "Sign in"}
            </button>
        </form>
    );
}

function Board({ signOut }: { signOut: () => void }) {
    const [paused, setPaused] = useState(false);
    const [said, setSaid] = useState("");
    const live = useLive(paused);
    const nodes = usePolled<NodeInfo[]>("/operations/nodes", 2000);
    const prices = usePolled<OperatorPrices>("/operations/prices", 5000);
    const keys = usePolled<KeyInfo[]>("/operations/keys", 10_000);
    return (
        <div class="board">
            <div class="row spread">
                <h1>Operations</h1>
                <button type="button" onClick={signOut}>
                    Sign out
                </button>
            </div>
            <nav class="parts" aria-label="Parts of this page">
                {sections.map(([id, title]) => (
                    <a key={id} href={`#${id ?? ""}`}>
                        {title}
                    </a>
                ))}
            </nav>
            <p class={said === "" ? "hidden" : "notice small said"} role="status">
                {said}
            </p>
            <LivePanel live={live} paused={paused} setPaused={setPaused} />
            <NodesPanel nodes={nodes} seen={live.figures?.nodes ?? []} announce={setSaid} />
            <ModelsPanel nodes={nodes} announce={setSaid} />
            <JobsPanel announce={setSaid} />
            <PricesPanel prices={prices} nodes={nodes.value ?? []} announce={setSaid} />
            <SpendPanel keys={keys.value ?? []} />
            <StatementsPanel />
            <KeysPanel keys={keys} announce={setSaid} />
            <ErrorsPanel errors={live.figures?.errors ?? []} />
        </div>
    );
}
