import { join } from 'node:path';

import { openPlugin } from '@claude-sdk-pattern/plugin-api/testing';
import { expect, it } from 'vitest';

it('denies a forced push, has people asked before something is published, and says so at the start', async () => {
  await using plugin = await openPlugin(join(import.meta.dirname, '..'));
  const run = (command: string) => plugin.callHook('PreToolUse', { tool: 'Bash', input: { command } });
  expect(plugin.problems).toEqual([]);
  expect(await run('git push --force origin main')).toMatchObject({ deny: expect.stringContaining('pull first') });
  expect(await run('npm publish')).toEqual({ ask: 'This publishes a package.', contexts: [] });
  expect(await run('git push origin main')).toEqual({ contexts: [] });
  const edit = { tool: 'Edit', input: { command: 'git push --force' } };
  expect(await plugin.callHook('PreToolUse', edit)).toEqual({ contexts: [] });
  expect(await plugin.callHook('SessionStart', {})).toMatchObject({
    contexts: [expect.stringContaining('nobody forces')],
  });
});
