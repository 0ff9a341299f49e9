import { pino } from 'pino';
import { expect, it } from 'vitest';

import { toHookMatchers } from '../../agent-process/options/hook-matchers.ts';
import { ToolDecisions } from '../../permissions/tool-decisions.ts';
import { createSessionHooks } from './session-hooks.ts';

it('handles every event that a process registers with the SDK, and no other', () => {
  const source = { layer: 'default', rule: null } as const;
  const decisions = new ToolDecisions({
    evaluate: () => ({ permission: 'ask', reason: 'It asks', rule: undefined, source }),
  });
  const hooks = createSessionHooks({
    ...{ sessionId: 'sesn_1', logger: pino({ level: 'silent' }), handlers: [], decisions },
    facts: { noteVerdict: () => undefined },
    noteShellLine: async () => undefined,
    refresh: () => undefined,
  });
  expect([...hooks.events].toSorted()).toEqual(Object.keys(toHookMatchers(hooks.onHook)).toSorted());
});
