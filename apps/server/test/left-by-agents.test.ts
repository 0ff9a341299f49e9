import { execFile } from 'node:child_process';
import { readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';
import { useModel } from './support/use-stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'work on' }, reply: [useTool('Bash', { command: 'tail -f /dev/null' }), say('Done.')] },
  { match: {}, reply: [say('Here.')] },
];
const model = await useModel(scenarios);

/** Every transcript that the CLI has in its own folders. */
async function listTranscripts(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'agents'), { recursive: true });
  return names.filter((name) => name.endsWith('.jsonl')).map((name) => join(dataDir, 'agents', name));
}

it('starts again and serves everybody, whatever stands in the place of a transcript', { timeout: 90_000 }, async () => {
  const environment = { CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '0' };
  await using server = await startServer({ upstreamUrl: model.url, environment });
  await using working = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  await working.say('work on');
  await working.waitForEvent('agent.tool_use');
  await server.kill('SIGKILL');
  for (const transcript of await listTranscripts(server.dataDir)) {
    await rm(transcript);
    await promisify(execFile)('mkfifo', [transcript]);
    await symlink('/dev/zero', join(dirname(transcript), '..', 'zero')).catch(() => undefined);
  }
  await server.restart();

  await using other = await openChat(server);
  await other.say('hello');
  await other.waitForTurns(1);
  expect(textsOf(other)).toEqual(['Here.']);
  await using again = await openChat(server, { sessionId: working.sessionId });
  await again.waitForEvent('user.message');
});
