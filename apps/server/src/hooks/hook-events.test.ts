import { HOOK_EVENTS } from '@anthropic-ai/claude-agent-sdk';
import { expect, it } from 'vitest';

import { HOOK_EVENT_USES, REGISTERED_HOOK_EVENTS } from './hook-events.ts';

it('has every hook event of the SDK and no other', () => {
  expect(Object.keys(HOOK_EVENT_USES)).toEqual(HOOK_EVENTS);
});

it('registers those that decide, observe or refuse', () => {
  expect(REGISTERED_HOOK_EVENTS).toEqual(['PreToolUse', 'PostToolBatch', 'UserPromptSubmit', 'PreSkillShellCommand']);
});
