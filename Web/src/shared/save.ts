/** Hands a file to the browser, which saves it under that name. */
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun by then.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
