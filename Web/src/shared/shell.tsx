import { render, type ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import icon from "./icon.svg";
import { applyTheme, nextTheme, storedTheme } from "./theme";
import "./styles.css";

const pages = [
    { path: "/", title: "Playground" },
    { path: "/operations", title: "Operations" },
    { path: "/docs", title: "API" },
];

/** Shows a page's content in the frame that all pages share. */
export function show(content: ComponentChildren): void {
    applyTheme(storedTheme());
    render(<Shell>{content}</Shell>, document.body);
}

function Shell({ children }: { children: ComponentChildren }) {
    return (
        <>
            <a class="skip" href="#content">
                Skip to content
            </a>
            <header class="top">
                <a class="brand" href="/">
                    <img src={icon} alt="" width="28" height="28" />
                    ImageToText
                </a>
                <nav aria-label="Pages">
                    {pages.map((page) => (
                        <a
                            key={page.path}
                            href={page.path}
                            aria-current={location.pathname === page.path ? "page" : undefined}
                        >
                            {page.title}
                        </a>
                    ))}
                </nav>
                <ThemeButton />
            </header>
            <main id="content" tabIndex={-1}>
                {children}
            </main>
        </>
    );
}

const marks = { system: "◐", light: "☀", dark: "☾" };

function ThemeButton() {
    const [theme, setTheme] = useState(storedTheme);
    const next = nextTheme(theme);
    return (
        <button
            type="button"
            class="quiet icon"
            aria-label={`Colours: ${theme}. Change to ${next}.`}
            title={`Colours: ${theme}`}
            onClick={() => {
                applyTheme(next);
                setTheme(next);
            }}
        >
            <span aria-hidden="true">{marks[theme]}</span>
        </button>
    );
}
