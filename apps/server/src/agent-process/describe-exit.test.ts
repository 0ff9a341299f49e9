import { query } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';

import { toFailedStart, type Exit } from '../hosts/exit.ts';
import { describeExit } from './describe-exit.ts';

const DIED: Exit = { cause: 'died', code: null, signal: 'SIGKILL', afterMs: 1, stderrTail: '' };

describe('the sentence of an exit', () => {
  it.each([
    [DIED, 'Claude Code process terminated by signal SIGKILL'],
    [{ ...DIED, code: 3, signal: null }, 'Claude Code process exited with code 3'],
    [{ ...DIED, stderrTail: ' no room\n' }, 'Claude Code process terminated by signal SIGKILL (no room)'],
    [{ ...DIED, code: 0, signal: null }, 'The process ended'],
    [{ ...DIED, cause: 'memory' }, 'It used more memory than a session may'],
    [{ ...DIED, cause: 'asked' }, 'An operator ended it'],
    [{ ...DIED, cause: 'host_lost', signal: null }, 'The host that ran it cannot be reached any more'],
    [toFailedStart('no error'), 'no error'],
    [{ ...DIED, error: new Error('It has reached 400 bytes') }, 'It has reached 400 bytes'],
  ] satisfies [Exit, string][])('is made of its facts: %#', (exit, sentence) => {
    expect(describeExit(exit)).toBe(sentence);
  });

  it('says to an operator what to do where the SDK finds no CLI', async () => {
    const startMissing = async () => {
      for await (const _ of query({ prompt: 'hi', options: { pathToClaudeCodeExecutable: '/nowhere/claude' } }));
    };
    const error: unknown = await startMissing().catch((caught: unknown) => caught);
    expect(String(error)).toContain('/nowhere/claude');
    expect(describeExit(toFailedStart(error))).toMatch(/^The agent program is missing .* npm run csp -- doctor/);
  });
});
