// Keys that a visitor entered, kept for this tab alone: they are gone when it is closed. The operator's is kept apart, so that it
// goes to operators' routes and to no others.
export type KeyPlace = "api-key" | "operator-key";

export function storedKey(place: KeyPlace = "api-key"): string | null {
  return sessionStorage.getItem(place);
}

export function storeKey(key: string, place: KeyPlace = "api-key"): void {
  const trimmed = key.trim();
  if (trimmed.length > 0) sessionStorage.setItem(place, trimmed);
  else sessionStorage.removeItem(place);
}
