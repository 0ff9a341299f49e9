import { readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  hang,
  say,
  startScriptedModel,
  useTool,
  type Scenario,
  type ScriptedModel,
} from '@claude-sdk-pattern/scripted-model';
import { listProcesses, startServer, until, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'my name is' }, reply: [say('Nice to meet you.')] },
  {
    match: { userText: 'what is my name' },
    reply: (conversation) =>
      say(conversation.userTexts.some((text) => text.includes('Ada')) ? 'You are Ada.' : 'I do not know.'),
  },
  { match: { userText: 'ended unexpectedly' }, reply: [say('Went on after the restart.')] },
  { match: { userText: 'hang now' }, reply: [[say('Thinking'), hang()]] },
  { match: { userText: 'hang' }, reply: [[say('Thinking about'), hang({ times: 1 }), say(' it is done.')]] },
  { match: { userText: 'never answered' }, reply: [say('Answered.')] },
  {
    match: { userText: 'slow command' },
    reply: [useTool('Bash', { command: 'for i in $(seq 60); do sleep 1; done' }), say('Finished the command.')],
  },
  {
    match: { userText: 'leave a child' },
    reply: [
      useTool('Bash', { command: 'setsid nohup tail -f /dev/null >/dev/null 2>&1 & echo started' }),
      say('Left it.'),
    ],
  },
  {
    match: { userText: 'write a file' },
    reply: [useTool('Write', { file_path: 'a.txt', content: 'x' }), say('Written.')],
  },
];

let model: ScriptedModel;
let server: TestServer;

beforeAll(async () => {
  model = await startScriptedModel({ scenarios });
  server = await startServer({ upstreamUrl: model.url, environment: { ANTHROPIC_API_KEY: 'sk-upstream' } });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model.close();
});

/** How often the model was asked with these words in the conversation's last turn. */
const timesInContext = (text: string) => {
  const last = model.requests
    .filter((request) => request.conversation?.userTexts.some((each) => each.includes(text)))
    .at(-1);
  return last?.conversation?.userTexts.filter((each) => each.includes(text)).length;
};

/** Folders are named by the transcript; the workspace of the session leads there. */
const findAgentDir = async (sessionId: string) =>
  join(server.dataDir, 'agents', await readlink(join(server.dataDir, 'workspaces', sessionId)));

const hasTranscript = async (sessionId: string, text: string) => {
  const projects = join(await findAgentDir(sessionId), 'config', 'projects');
  const files = await readdir(projects, { recursive: true, withFileTypes: true }).catch(() => []);
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  return texts.some((each) => each.includes(text));
};

describe('after the server was killed', () => {
  it('keeps sessions and history, and goes on even with the agents’ own folders gone', async () => {
    await using before = await openChat(server);
    await before.say('my name is Ada');
    await before.waitForTurns(1);
    const seqs = before.seqs.length;

    await server.kill('SIGKILL');
    await rm(join(server.dataDir, 'agents'), { recursive: true, force: true });
    await server.restart();

    await using after = await openChat(server, { sessionId: before.sessionId });
    await after.socket.waitFor(() => after.events.length >= seqs);
    expect(textsOf(after)).toEqual(['Nice to meet you.']);
    await after.say('what is my name?');
    await after.waitForTurns(2);
    expect(textsOf(after).at(-1)).toBe('You are Ada.');
    expect(after.seqs).toEqual(after.seqs.map((_, index) => index + 1));
  });

  it('goes on with the turn that was cut, and the agent has the message once', async () => {
    await using before = await openChat(server);
    await before.say('please hang here');
    await before.socket.waitFor((frame) => frame.type === 'preview' && frame.event.type === 'event_delta');

    await server.kill('SIGKILL');
    await server.restart();

    await using after = await openChat(server, { sessionId: before.sessionId });
    await after.waitForTurns(1);
    // Whether the agent had the message before the kill decides which of the two it says.
    expect(textsOf(after).at(-1)).toMatch(/Went on after the restart|it is done/);
    expect(timesInContext('please hang here')).toBe(1);
    expect(after.eventsOf('session.status_rescheduled')).toHaveLength(1);
    expect(after.eventsOf('session.process_restarting')[0]?.reason).toContain('restarted');
  });

  it('delivers a message that was acknowledged and never reached the agent', async () => {
    await using before = await openChat(server);
    await before.say('never answered yet');
    await server.kill('SIGKILL');
    await server.restart();
    await using after = await openChat(server, { sessionId: before.sessionId });
    await after.waitForTurns(1);
    expect(timesInContext('never answered yet')).toBe(1);
  });

  it('cancels approvals that nobody can answer any more', async () => {
    await using before = await openChat(server);
    await before.say('write a file');
    const { event_id } = await before.waitForEvent('session.approval_requested');
    await server.kill('SIGKILL');
    await server.restart();
    await using after = await openChat(server, { sessionId: before.sessionId });
    await after.waitForTurns(1);
    expect(after.eventsOf('session.approval_cancelled').map((event) => event.event_id)).toEqual([event_id]);
  });

  it('leaves no process of its own running, not even one that changed its session', async () => {
    await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
    await chat.say('leave a child');
    await chat.waitForTurns(1);
    await server.kill('SIGKILL');
    await server.restart();
    await until('only the server itself is left', async () => {
      const left = await listProcesses(await findAgentDir(chat.sessionId));
      return left.length === 0;
    });
  });
});

describe('when the agent process dies', () => {
  it('starts it again and goes on with the turn', async () => {
    await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
    await chat.say('slow command');
    await chat.waitForEvent('agent.tool_use');
    // The CLI writes its transcript about 100 ms behind; what it has not written by then, it has never received.
    await until('the transcript has the message', () => hasTranscript(chat.sessionId, 'slow command'));
    const agent = (await listProcesses(await findAgentDir(chat.sessionId))).find(({ command }) =>
      command.includes('--output-format'),
    );
    process.kill(agent?.pid ?? 0, 'SIGKILL');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.process_restarting')).toHaveLength(1);
    expect(textsOf(chat).at(-1)).toBe('Went on after the restart.');
    expect(timesInContext('slow command')).toBe(1);
    expect(chat.eventsOf('agent.tool_use')).toHaveLength(1);
  });
});

describe('stopping in good order', () => {
  it('ends every process', async () => {
    const own = await startServer({
      upstreamUrl: model.url,
      environment: { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '0' },
    });
    await using chat = await openChat(own);
    await chat.say('please hang now');
    await chat.socket.waitFor((frame) => frame.type === 'preview');
    expect(await own.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await chat.socket.closed).toBe(1001);
    await waitUntilGone(own.dataDir);
    await own[Symbol.asyncDispose]();
  });
});
