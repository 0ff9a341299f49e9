import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const EXAMPLE_COMMAND = join(import.meta.dirname, '../../scripts/example.mjs');

it('creates an agent, streams a turn, answers an approval, interrupts, lists events and archives', async () => {
  await using server = await startServer(); // the demo model, as after a first start
  const { stdout } = await run(process.execPath, [EXAMPLE_COMMAND, 'official-sdk'], {
    env: { PATH: process.env['PATH'], ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: server.apiKey },
    timeout: 50_000,
  });
  expect(stdout).toMatch(/^agent agent_\w+ version 1$/m);
  expect(stdout).toContain('offline demo model');
  expect(stdout).toMatch(/^\[Bash\] \{"command":"echo \$\(\(6 \* 7\)\) > answer\.txt".*\napproved\nIt ran/m);
  expect(stdout).toMatch(/^interrupted$/m);
  expect(stdout).toMatch(/^events: .*user\.message 3/m);
  expect(stdout).toMatch(/^archived$/m);
});

it('names the examples when there is none of the given name', async () => {
  await expect(run(process.execPath, [EXAMPLE_COMMAND, 'nothing'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('official-sdk'),
  });
});
