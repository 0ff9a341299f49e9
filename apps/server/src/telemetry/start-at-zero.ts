import type { Counter } from 'prom-client';

/** Shows a counter from the start: of a series that begins with 1 Prometheus sees no increase. */
export function startAtZero<Label extends string>(
  counter: Counter<Label>,
  label: Label,
  values: readonly string[],
): void {
  for (const value of values) counter.inc({ [label]: value } as Record<Label, string>, 0);
}
