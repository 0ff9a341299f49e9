/** Amounts are counted in whole micro-dollars, so that sums are exact up to nine billion dollars. */
const MICRO = 1_000_000;

/** Whole micro-dollars of an amount in US dollars, rounded. */
export function toMicroUsd(usd: number): number {
  return Math.round(usd * MICRO);
}

const MICRO_PER_CENT = 10_000;

/** Whole micro-dollars of whole cents as text, as the Managed Agents API writes money. */
export function fromCents(amount: string): number {
  return Number(amount) * MICRO_PER_CENT;
}

/** Whole cents as text, rounded. */
export function toCents(microUsd: number): string {
  return String(Math.round(microUsd / MICRO_PER_CENT));
}

/** US dollars of whole micro-dollars: the nearest number there is, which has at most six decimals when it is written. */
export function toUsd(microUsd: number): number {
  return microUsd / MICRO;
}

/** US dollars of whole micro-dollars as a decimal, exactly: with two digits behind the point, or six where there is more. */
export function toUsdText(microUsd: number): string {
  const amount = Math.abs(microUsd);
  const dollars = Math.floor(amount / MICRO);
  const micro = String(amount % MICRO).padStart(6, '0');
  return `${microUsd < 0 ? '-' : ''}${dollars}.${micro.endsWith('0000') ? micro.slice(0, 2) : micro}`;
}
