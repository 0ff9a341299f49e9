/** US dollars as a person types them, to whole cents as a string; undefined where it is no amount. */
export function toCents(text: string): string | undefined {
  const match = /^\s*\$?\s*(\d{1,10})(?:[.,](\d{1,2}))?\s*$/.exec(text);
  if (match === null) return undefined;
  const [, dollars = '0', cents = ''] = match;
  return String(Number(dollars) * 100 + Number(cents.padEnd(2, '0')));
}

/** `1250` cents as `12.50`. */
export function toDollars(cents: string): string {
  return (Number(cents) / 100).toFixed(2);
}

/** A percentage as a person types it, to a share: null for none, undefined where it is no percentage. */
export function toShare(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const percent = /^\s*(\d{1,3})\s*%?\s*$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) < 1 || Number(percent) > 100) return undefined;
  return Number(percent) / 100;
}
