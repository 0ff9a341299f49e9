import type { HookVerdict } from './hook-handler.ts';

/** A verdict, and the name of the handler that gave it. */
export interface SaidVerdict extends HookVerdict {
  by: string;
  /** Name of the plugin whose hook gave it; absent for none. */
  plugin?: string;
}

/** Answered for a call that is allowed where commands of plugins may have changed it. */
export const HELD: SaidVerdict = { permission: 'ask', reason: 'It is decided as it will be made', by: 'hooks' };

const STRICTNESS: Readonly<Record<HookVerdict['permission'], number>> = { allow: 0, ask: 1, deny: 2 };

export function isStricter(one: HookVerdict['permission'], other: HookVerdict['permission']): boolean {
  return STRICTNESS[one] > STRICTNESS[other];
}

/** A copy of an answer that is a verdict, read once; undefined for any other: not every handler is compiled with ours. */
export function readVerdict(answer: unknown): HookVerdict | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { permission, reason } = answer as Partial<Record<keyof HookVerdict, unknown>>;
  if (!isPermission(permission) || typeof reason !== 'string') return undefined;
  return { permission, reason };
}

function isPermission(value: unknown): value is HookVerdict['permission'] {
  return typeof value === 'string' && Object.hasOwn(STRICTNESS, value);
}

/** The stricter of two verdicts; of equal ones the earlier. */
export function toStrictest(earlier: SaidVerdict | undefined, later: SaidVerdict | undefined): SaidVerdict | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  return isStricter(later.permission, earlier.permission) ? later : earlier;
}
