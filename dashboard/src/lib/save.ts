/** Have the browser save a text, or what was fetched, as a file. */
export function save(what: string | Blob, name: string): void {
  const blob = typeof what === "string" ? new Blob([what], { type: "text/csv;charset=utf-8" }) : what;
  const link = document.createElement("a"), address = URL.createObjectURL(blob);
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
