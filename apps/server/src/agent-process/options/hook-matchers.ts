import type { HookCallback, HookCallbackMatcher } from '@anthropic-ai/claude-agent-sdk';

import { isStrict, REGISTERED_HOOK_EVENTS, type RegisteredHookEvent } from '../../hooks/hook-events.ts';

/**
 * The hooks that are registered with the SDK. They are the same for every process, because a spare starts before its
 * session is known. By default the CLI (2.1.332) makes a call when its hook fails, such as the hook of a process
 * without a session; `block` denies the call. A hook that is too slow for the CLI denies the call in any case.
 */
export function toHookMatchers(onHook: HookCallback): Record<RegisteredHookEvent, HookCallbackMatcher[]> {
  const entries = REGISTERED_HOOK_EVENTS.map((event): [RegisteredHookEvent, HookCallbackMatcher[]] => [
    event,
    [{ hooks: [onHook], ...(isStrict(event) && { onFailure: 'block' }) }],
  ]);
  return Object.fromEntries(entries) as Record<RegisteredHookEvent, HookCallbackMatcher[]>;
}
