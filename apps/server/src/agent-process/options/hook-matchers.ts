import type { HookCallback, HookCallbackMatcher } from '@anthropic-ai/claude-agent-sdk';

import {
  isRegistered,
  isStrict,
  REGISTERED_HOOK_EVENTS,
  type PluginHookEvent,
  type RegisteredHookEvent,
} from '../../hooks/hook-events.ts';

type Matchers = Partial<Record<RegisteredHookEvent | PluginHookEvent, HookCallbackMatcher[]>>;

/**
 * The hooks that are registered with the SDK: the same for every process of a profile, because a spare starts before its
 * session is known. By default the CLI (2.1.332) makes a call when its hook fails, such as the hook of a process
 * without a session; `block` denies the call. A hook that is too slow for the CLI denies the call in any case.
 */
export function toHookMatchers(onHook: HookCallback, ofPlugins: readonly PluginHookEvent[] = []): Matchers {
  const called = ofPlugins.map((event) => (event === 'SessionStart' ? 'UserPromptSubmit' : event));
  const events = new Set([...REGISTERED_HOOK_EVENTS, ...called]);
  return Object.fromEntries(
    [...events].map((event) => {
      const blocks = isRegistered(event) && isStrict(event);
      return [event, [{ hooks: [onHook], ...(blocks && { onFailure: 'block' as const }) }]];
    }),
  );
}
