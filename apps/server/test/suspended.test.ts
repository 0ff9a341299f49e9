import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

import { hang, say } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const STALL_SECONDS = 4;
const JUMPING_CLOCK = pathToFileURL(join(import.meta.dirname, 'support', 'jumping-clock.mjs')).href;

const gate = Promise.withResolvers<void>();
const { server } = await useStage(
  [
    { match: { userText: 'take long' }, reply: () => [hang({ until: gate.promise }), say('Done at last.')] },
    { reply: [say('Done.')] },
  ],
  {
    CLAUDE_SDK_PATTERN_TURN_STALL_TIMEOUT_SECONDS: String(STALL_SECONDS),
    NODE_OPTIONS: `--import=${JUMPING_CLOCK}`,
  },
);

it('stops no turn and lets no process go after a suspension and a jump of the clock by an hour', async () => {
  await using idle = await openChat(server);
  await idle.say('hello');
  await idle.waitForTurns(1);
  await using busy = await openChat(server);
  await busy.say('take long');
  await busy.waitForEvent('span.model_request_start');
  process.kill(server.pid, 'SIGUSR2');
  process.kill(server.pid, 'SIGSTOP');
  const end = performance.now() + (STALL_SECONDS + 2) * 1000;
  await until('the server was suspended for longer than a turn may be silent', () => performance.now() > end);
  process.kill(server.pid, 'SIGCONT');
  // Its sweep was due meanwhile, so it comes before it answers.
  await busy.socket.request({ type: 'ping' });
  gate.resolve();
  await busy.waitForTurns(1);
  expect(textsOf(busy)).toEqual(['Done at last.']);
  expect(busy.eventsOf('session.notice')).toEqual([]);
  expect(busy.eventsOf('session.turn_completed')[0]).toMatchObject({ outcome: 'completed' });
  expect(busy.eventsOf('session.turn_completed')[0]?.duration_ms).toBeLessThan(60_000);
  expect(idle.eventsOf('session.process_hibernated')).toEqual([]);
  // The clock did jump: events have the time of day.
  expect(Date.parse(busy.events.at(-1)?.processed_at ?? '')).toBeGreaterThan(Date.now() + 50 * 60_000);
});
