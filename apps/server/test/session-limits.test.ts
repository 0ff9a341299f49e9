import type { ProcessList } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { findSandboxProblemHere } from './support/sandbox.ts';
import { useModel } from './support/use-stage.ts';

const MIB = 1024 * 1024;
const problem = await findSandboxProblemHere();
if (problem !== undefined) console.warn(`SKIPPED: memory of a sandbox is not measured, because ${problem}`);

const run = (command: string) => [useTool('Bash', { command }), say('Done.')];
const scenarios: Scenario[] = [
  {
    match: { userText: 'fill the disk' },
    reply: run('for i in 1 2 3 4; do head -c 20M /dev/zero > part$i; done; sleep 600'),
  },
  { match: { userText: 'tidy up' }, reply: run('rm part3 part4') },
  {
    match: { userText: 'delete what is open' },
    reply: run('exec 9>gone; rm gone; head -c 80M /dev/zero >&9; sleep 600'),
  },
  {
    match: { userText: 'fill the settings' },
    reply: run('for i in 1 2 3 4; do head -c 20M /dev/zero > "$CLAUDE_CONFIG_DIR/part$i"; done; sleep 600'),
  },
  { match: { userText: 'fill the memory' }, reply: run('head -c 200M /dev/zero > /tmp/big') },
];
const model = await useModel(scenarios);
const openFreeChat = (on: TestServer) => openChat(on, { session: { permission_mode: 'bypassPermissions' } });

it('stops a session that takes more disk than it may, says so, and lets it tidy up', { timeout: 90_000 }, async () => {
  await using server = await startServer({
    upstreamUrl: model.url,
    environment: { CLAUDE_SDK_PATTERN_MAX_SESSION_DISK_MB: '50' },
  });
  await using chat = await openFreeChat(server);
  await using other = await openFreeChat(server);
  await other.say('delete what is open');
  await chat.say('fill the disk');
  const notice = await chat.waitForEvent('session.notice');
  expect(notice).toMatchObject({ level: 'warning', text: expect.stringContaining('more than the 50 MB') });
  expect(await other.waitForEvent('session.notice')).toMatchObject({
    text: expect.stringContaining('more than the 50 MB'),
  });
  await chat.waitForEvent('session.process_hibernated');
  await chat.say('tidy up');
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.notice')).toHaveLength(1);
  // The process that was taken up again has its settings in another folder.
  await chat.say('fill the settings');
  await until('it is stopped again', () => chat.eventsOf('session.notice').length === 2);
});

it.skipIf(problem !== undefined)(
  'counts what a session holds in its /tmp to its memory',
  { timeout: 60_000 },
  async () => {
    await using server = await startServer({ upstreamUrl: model.url });
    await using chat = await openFreeChat(server);
    await chat.say('fill the memory');
    await chat.waitForTurns(1);
    await until('its files are counted', async () => {
      const { data } = (await (await server.fetch('/api/v1/processes')).json()) as ProcessList;
      const processes = data.find((each) => each.session_id === chat.sessionId);
      const own = (processes?.processes ?? []).reduce((sum, each) => sum + each.rss_bytes, 0);
      return processes !== undefined && processes.rss_bytes - own >= 200 * MIB;
    });
  },
);
