/** Light, dark, or as the system has it. */
export type Theme = "system" | "light" | "dark";

const place = "theme";

export function storedTheme(): Theme {
  const stored = localStorage.getItem(place);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem(place);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(place, theme);
    document.documentElement.dataset.theme = theme;
  }
}

/** What the button turns to: system, then light, then dark. */
export function nextTheme(theme: Theme): Theme {
  return theme === "system" ? "light" : theme === "light" ? "dark" : "system";
}
