/** How fields of the policy page look. */
export const FIELD =
  'tap h-9 w-full min-w-0 rounded-sm border border-control bg-bg px-2 text-lg md:text-base disabled:opacity-70';

/** The colour of an effect. */
export const EFFECT_LOOKS = { allow: 'text-ok', ask: 'text-warn', deny: 'text-bad' } as const;
