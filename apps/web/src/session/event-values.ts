/** Converts an ISO 8601 time to milliseconds since the epoch; 0 if there is none. */
export function toMillis(time: string | null | undefined): number {
  const millis = time == null ? Number.NaN : Date.parse(time);
  return Number.isNaN(millis) ? 0 : millis;
}

/** The list without a value. Returns the same array if the value is not in it. */
export function without(list: readonly string[], value: string): readonly string[] {
  return list.includes(value) ? list.filter((entry) => entry !== value) : list;
}
