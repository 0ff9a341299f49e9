import { query } from '@anthropic-ai/claude-agent-sdk';
import { expect, it } from 'vitest';

import { toReason } from './to-reason.ts';

it('says to an operator what to do where the SDK finds no CLI', async () => {
  const startMissing = async () => {
    for await (const _ of query({ prompt: 'hi', options: { pathToClaudeCodeExecutable: '/nowhere/claude' } }));
  };
  const error: unknown = await startMissing().catch((caught: unknown) => caught);
  expect(String(error)).toContain('/nowhere/claude');
  expect(toReason(error)).toMatch(/^The agent program is missing .* npm run csp -- doctor/);
});

it('leaves every other reason as it is', () => {
  expect(toReason(new Error('terminated by signal SIGKILL'))).toBe('terminated by signal SIGKILL');
  expect(toReason('no error')).toBe('no error');
});
