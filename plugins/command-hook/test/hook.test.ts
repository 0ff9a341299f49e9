import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../hooks/no-force-push.sh');
const run = (command: string) => {
  const input = JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command } });
  return spawnSync('sh', [SCRIPT], { input, encoding: 'utf8' });
};

it('blocks a forced push and nothing else', () => {
  expect(run('git push --force origin main')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('pull first'),
  });
  expect(run('git push origin main').status).toBe(0);
});
