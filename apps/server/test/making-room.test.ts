import { join } from 'node:path';

import { say } from '@claude-sdk-pattern/scripted-model';
import { listProcesses } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { waitForCli } from './support/agents-of.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { server } = await useStage([{ reply: (conversation) => say(`You said: ${conversation.userText}`) }], {
  CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1',
});

/** What people and operators do to a session while it gives up its process. */
const ACTIONS = {
  async message(chat: Chat) {
    const turns = chat.eventsOf('session.turn_completed').length;
    await chat.say('once more');
    return async () => {
      await chat.waitForTurns(turns + 1);
      expect(textsOf(chat).at(-1)).toBe('You said: once more');
    };
  },
  async wake(chat: Chat) {
    await chat.socket.request({ type: 'session.wake', session_id: chat.sessionId });
  },
  restart: (chat: Chat) => command(chat, 'restart'),
  hibernate: (chat: Chat) => command(chat, 'hibernate'),
  end: (chat: Chat) => command(chat, 'end'),
  async delete(chat: Chat) {
    const response = await server.fetch(`/v1/sessions/${chat.sessionId}`, { method: 'DELETE' });
    expect(response.status).toBe(200);
  },
} satisfies Record<string, (chat: Chat) => Promise<void | (() => Promise<void>)>>;

/** How far the session is: asked for its place, ending its process, or without one. */
const STAGES = ['asked', 'ending', 'ended'] as const;

const cases = STAGES.flatMap((stage) => Object.entries(ACTIONS).map(([name, act]) => ({ stage, name, act })));

/** The session of the case before, which has the only process. */
let idle: Chat | undefined;

describe('a session that waits for the only place', () => {
  it.each(cases)('gets it from one that is $stage, whatever comes: $name', async ({ stage, act }) => {
    await using holder = idle ?? (await openChat(server));
    const hibernations = () => holder.eventsOf('session.process_hibernated').length;
    const turns = holder.eventsOf('session.turn_completed').length;
    await holder.say('hello');
    await holder.waitForTurns(turns + 1);
    const waiting = await openChat(server);
    idle = waiting;
    // A stopped process does not end until it goes on, or is killed some seconds later.
    const { pid } = await waitForCli(server, holder.sessionId);
    const before = hibernations();
    process.kill(pid, 'SIGSTOP');
    const sent = waiting.say('hello');
    if (stage !== 'asked') await holder.waitForEvent('session.process_hibernated', () => hibernations() > before);
    if (stage === 'ended') {
      process.kill(pid, 'SIGCONT');
      await waiting.waitForEvent('session.process_starting');
    }
    const acting = act(holder);
    if (stage !== 'ended') process.kill(pid, 'SIGCONT');
    const [check] = await Promise.all([acting, sent]);
    await waiting.waitForTurns(1);
    expect(textsOf(waiting)).toEqual(['You said: hello']);
    await check?.();
    const running = await listProcesses(join(server.dataDir, 'agents'));
    expect(running.filter(({ command: line }) => /^\S*\/claude /.test(line)).length).toBeLessThanOrEqual(1);
  });
});

async function command(chat: Chat, name: string): Promise<void> {
  const response = await server.fetch(`/api/v1/processes/${chat.sessionId}/${name}`, { method: 'POST' });
  // 404 where the process is gone already.
  expect([204, 404]).toContain(response.status);
}
