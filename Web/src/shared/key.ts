// The visitor's API key, kept for this tab alone: it is gone when the tab is closed.
const place = "api-key";

export function storedKey(): string | null {
  return sessionStorage.getItem(place);
}

export function storeKey(key: string): void {
  const trimmed = key.trim();
  if (trimmed.length > 0) sessionStorage.setItem(place, trimmed);
  else sessionStorage.removeItem(place);
}
