import type { HookVerdict } from './hook-handler.ts';

/** A verdict, and the name of the handler that gave it. */
export interface SaidVerdict extends HookVerdict {
  by: string;
}

const STRICTNESS: Readonly<Record<HookVerdict['permission'], number>> = { allow: 0, ask: 1, deny: 2 };

export function isStricter(one: HookVerdict['permission'], other: HookVerdict['permission']): boolean {
  return STRICTNESS[one] > STRICTNESS[other];
}

/** Whether an answer is a verdict indeed: not every handler is compiled with ours. */
export function isVerdict(answer: unknown): answer is HookVerdict {
  if (typeof answer !== 'object' || answer === null) return false;
  const { permission, reason } = answer as Partial<Record<keyof HookVerdict, unknown>>;
  return typeof permission === 'string' && Object.hasOwn(STRICTNESS, permission) && typeof reason === 'string';
}

/** The stricter of two verdicts; of equal ones the earlier. */
export function toStrictest(earlier: SaidVerdict | undefined, later: SaidVerdict | undefined): SaidVerdict | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  return isStricter(later.permission, earlier.permission) ? later : earlier;
}
