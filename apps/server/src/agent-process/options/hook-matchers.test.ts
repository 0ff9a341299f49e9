import { expect, it } from 'vitest';

import { toHookMatchers } from './hook-matchers.ts';

it('registers what can deny so that the CLI denies too when the hook fails', () => {
  const onHook = () => Promise.resolve({});
  expect(toHookMatchers(onHook)).toEqual({
    PreToolUse: [{ hooks: [onHook], onFailure: 'block' }],
    PostToolBatch: [{ hooks: [onHook] }],
    UserPromptSubmit: [{ hooks: [onHook] }],
    PreSkillShellCommand: [{ hooks: [onHook], onFailure: 'block' }],
  });
});
