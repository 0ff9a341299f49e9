import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { hang, say, startScriptedModel, useTool } from '@claude-sdk-pattern/scripted-model';
import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('creates an agent, streams a turn, answers an approval, interrupts, lists events and archives', async () => {
  await using model = await startScriptedModel({
    scenarios: [
      {
        match: { userText: 'Run the command' },
        reply: [useTool('Bash', { command: 'echo $((6 * 7)) > answer.txt' }), say('Done.')],
      },
      { match: { userText: 'long answer' }, reply: [[say('The sea is wide.'), hang()]] },
      { reply: [say('I am an example.')] },
    ],
  });
  await using server = await startServer({ upstreamUrl: model.url });
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env['PATH'], ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: server.apiKey },
    timeout: 50_000,
  });
  expect(stdout).toMatch(/^agent agent_\w+ version 1$/m);
  expect(stdout).toContain('I am an example.\n');
  expect(stdout).toMatch(/\[Bash\].*\napproved\nDone\./);
  expect(stdout).toMatch(/^interrupted$/m);
  expect(stdout).toMatch(/^events: .*user\.message 3/m);
  expect(stdout).toMatch(/^archived$/m);
});
