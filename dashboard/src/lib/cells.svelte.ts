/** One entry that changes as a whole: a deep proxy would cost twice the script time and give nothing. */
class Cell<T> {
  value = $state.raw() as T;
  constructor(value: T) {
    this.value = value;
  }
}

/** Entries by name, each its own signal, so that a change draws one tile and not the board. */
export class Cells<T extends { name: string }> {
  names = $state.raw<readonly string[]>([]);
  all = $state.raw<readonly T[]>([]); // what is told of all of them together is told once for many changes: see `settle`
  #cells = new Map<string, Cell<T>>();

  get(name: string): T | undefined {
    void this.names; // whoever asked for a missing one is told when it comes
    return this.#cells.get(name)?.value;
  }

  /** Take a snapshot: its entries and no others, in its order. */
  replace(entries: readonly T[]): void {
    const kept = new Set(entries.map((entry) => entry.name));
    for (const name of this.#cells.keys()) if (!kept.has(name)) this.#cells.delete(name);
    for (const entry of entries) this.#set(entry);
    this.names = [...kept];
    this.all = entries;
  }

  /** Take one changed entry. */
  put(entry: T): void {
    if (!this.#set(entry)) this.names = [...this.names, entry.name];
  }

  /** Say that the changes of a moment are all there. */
  settle(): void {
    this.all = this.names.map((name) => this.#cells.get(name)?.value).filter((value) => value !== undefined);
  }

  #set(entry: T): boolean {
    const cell = this.#cells.get(entry.name);
    if (cell) cell.value = entry;
    else this.#cells.set(entry.name, new Cell(entry));
    return cell !== undefined;
  }
}
