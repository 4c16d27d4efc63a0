// Keys that a visitor entered, kept only for this tab: they are gone when it is closed. The operator's is kept separately, so that it
// is sent only to operators' routes.
export type KeyPlace = "api-key" | "operator-key";

export function storedKey(place: KeyPlace = "api-key"): string | null {
  return sessionStorage.getItem(place);
}

export function storeKey(key: string, place: KeyPlace = "api-key"): void {
  const trimmed = key.trim();
  if (trimmed.length > 0) sessionStorage.setItem(place, trimmed);
  else sessionStorage.removeItem(place);
}
