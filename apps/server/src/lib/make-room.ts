interface Entries<Key> {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): boolean;
}

/** Deletes what was added first to a map or a set that is full, with `max` entries, so that one more can be added. */
export function makeRoom<Key>(entries: Entries<Key>, max: number): void {
  const [oldest] = entries.keys();
  if (oldest !== undefined && entries.size >= max) entries.delete(oldest);
}
