import {
  hang,
  say,
  useTool,
  type Conversation,
  type Scenario,
  type ScriptedModel,
} from '@claude-sdk-pattern/scripted-model';
import { startServer, until, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasTranscript, listAgentProcesses, readWorkspaceFile, waitForCli } from './support/agents-of.ts';
import { findSandboxProblemHere } from './support/sandbox.ts';
import { allowCommands } from './support/allow-commands.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useModel } from './support/use-stage.ts';

const problem = await findSandboxProblemHere();
if (problem !== undefined) console.warn(`SKIPPED: recovery in bubblewrap is not tested, because ${problem}`);

/** Leaves a trace each time it is run. */
const TRACE = 'echo ran >> trace.txt';
const LONG = 'for i in $(seq 300); do sleep 1; done';
const CHILD = 'setsid nohup tail -f /dev/null >/dev/null 2>&1 &';

/** What an agent that remembers says when it is told that its process died. */
const replyToContinuation = ({ allToolCalls: [call] }: Conversation) =>
  say(call === undefined ? 'Nothing was begun.' : `My call ended with: ${call.result?.text ?? 'nothing'}`);

const scenarios: Scenario[] = [
  { match: { userText: 'ended unexpectedly' }, reply: [replyToContinuation] },
  { match: { userText: 'trace at once' }, reply: [useTool('Bash', { command: TRACE }), say('Left a trace.')] },
  {
    match: { userText: 'trace and work' },
    reply: [useTool('Bash', { command: `${TRACE}; ${LONG}` }), say('Worked for long.')],
  },
  {
    match: { userText: 'trace and think' },
    reply: [useTool('Bash', { command: `${TRACE}; echo finished` }), hang()],
  },
  {
    match: { userText: 'leave a child' },
    reply: [useTool('Bash', { command: `${CHILD} ${TRACE}; ${LONG}` }), say('Worked for long.')],
  },
  { match: { userText: 'hang' }, reply: [[say('Thinking'), hang()]] },
  { match: { userText: 'hello' }, reply: [say('Hello.')] },
];

const model = await useModel(scenarios);

const isFromTurn = (text: string) => (request: ScriptedModel['requests'][number]) =>
  request.conversation?.userTexts.some((each) => each.includes(text)) === true;

/** What the model was sent last in the session that has said this. */
const lastContext = (text: string): Conversation | undefined => model.requests.findLast(isFromTurn(text))?.conversation;
const timesInContext = (text: string) => lastContext(text)?.userTexts.filter((each) => each.includes(text)).length;

const launchers = problem === undefined ? (['bubblewrap', 'local'] as const) : (['local'] as const);

describe.each(launchers)('with the %s launcher', (launcher) => {
  /** What follows the end of a process does not depend on who started it: one launcher is enough for it. */
  const isFirst = launcher === launchers[0];
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({
      upstreamUrl: model.url,
      environment: { CLAUDE_SDK_PATTERN_LAUNCHER: launcher, CLAUDE_SDK_PATTERN_TURN_STALL_TIMEOUT_SECONDS: '6' },
    });
    await allowCommands(server);
  });

  afterAll(() => server[Symbol.asyncDispose]());

  const openFreeChat = () => openChat(server);
  const killCli = async (chat: Chat, signal: NodeJS.Signals = 'SIGKILL') =>
    process.kill((await waitForCli(server, chat.sessionId)).pid, signal);
  const readTrace = (chat: Chat) => readWorkspaceFile(server, chat.sessionId, 'trace.txt');
  /** Each session says it in words of its own, so that its requests can be told from others. */
  const sayUnique = async (chat: Chat, words: string): Promise<string> => {
    const text = `${words} ${launcher} ${chat.sessionId}`;
    await chat.say(text);
    return text;
  };
  const expectOneRecovery = (chat: Chat, cause = 'died') => {
    expect(chat.eventsOf('session.status_rescheduled')).toHaveLength(1);
    expect(chat.eventsOf('session.process_restarting')).toMatchObject([{ cause }]);
    expect(chat.eventsOf('session.turn_completed').map(({ outcome }) => outcome)).toEqual(['completed']);
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('end_turn');
    expect(chat.seqs).toEqual(chat.seqs.map((_, index) => index + 1));
  };

  it('goes on when it is killed during a tool call, and the agent learns that it was interrupted', async () => {
    await using chat = await openFreeChat();
    const text = await sayUnique(chat, 'trace and work');
    await until('the tool has begun', async () => (await readTrace(chat)) !== '');
    await killCli(chat);
    await chat.waitForTurns(1);
    expectOneRecovery(chat);
    expect(textsOf(chat).at(-1)).toContain('interrupted');
    expect(timesInContext(text)).toBe(1);
    expect(lastContext(text)?.allToolCalls).toHaveLength(1);
    expect(await readTrace(chat)).toBe('ran\n');
    await until('the tool has ended with the CLI', async () =>
      (await listAgentProcesses(server, chat.sessionId)).every(({ command }) => !command.includes('seq 300')),
    );
  });

  it('stops a turn whose CLI was stopped, and answers the next message', async () => {
    await using chat = await openFreeChat();
    const hanging = await sayUnique(chat, 'hang');
    await until('the transcript has the message', () => hasTranscript(server, chat.sessionId, hanging));
    await killCli(chat, 'SIGSTOP');
    await chat.waitForEvent('session.notice', ({ text }) => text.includes('showed no activity'));
    await chat.waitForTurns(1);
    const text = await sayUnique(chat, 'hello');
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Hello.');
    expect(timesInContext(text)).toBe(1);
  });

  /** One kill of the server serves the tests of both. */
  async function killWithTwoSessions() {
    await using withChild = await openFreeChat();
    const childText = await sayUnique(withChild, 'leave a child');
    await until('the tool has begun', async () => (await readTrace(withChild)) !== '');
    await until('the transcript has the call', () => hasTranscript(server, withChild.sessionId, TRACE));
    await until('the child runs', () => hasChild(withChild));

    await using finished = await openFreeChat();
    let finishedText = '';
    if (isFirst) {
      finishedText = await sayUnique(finished, 'trace and think');
      await finished.waitForEvent('agent.tool_result');
    }
    await server.kill('SIGKILL');
    // Without a sandbox nobody is left to end the child.
    if (launcher === 'bubblewrap') await waitUntilGone(server.dataDir);
    await server.restart();
    return { withChild, childText, finished, finishedText };
  }

  const isChild = ({ command }: { command: string }) => command.startsWith('tail -f');
  const hasChild = async (chat: Chat) => (await listAgentProcesses(server, chat.sessionId)).some(isChild);

  describe('when the server is killed', () => {
    let before: Awaited<ReturnType<typeof killWithTwoSessions>>;
    beforeAll(async () => {
      before = await killWithTwoSessions();
    });

    it('leaves nothing of a tool that changed its session, and the turn goes on', async () => {
      await using after = await openChat(server, { sessionId: before.withChild.sessionId });
      await after.waitForTurns(1);
      expect(await hasChild(after)).toBe(false);
      expectOneRecovery(after, 'server_restarted');
      expect(textsOf(after).at(-1)).toContain('interrupted');
      expect(timesInContext(before.childText)).toBe(1);
      expect(await readTrace(after)).toBe('ran\n');
    });

    if (!isFirst) return;
    it('in the moment of a result, tells the agent which calls had finished', async () => {
      await using after = await openChat(server, { sessionId: before.finished.sessionId });
      await after.waitForTurns(1);
      const told =
        lastContext(before.finishedText)?.userTexts.find((each) => each.includes('ended unexpectedly')) ?? '';
      expect(told).toMatch(/Do not run them again.*\n- Bash .*echo ran >> trace.txt.* gave: finished/s);
      expect(timesInContext(before.finishedText)).toBe(1);
      expect(await readTrace(after)).toBe('ran\n');
    });
  });

  if (!isFirst) return;

  it('goes on when the CLI is killed before it has done anything', async () => {
    await using chat = await openFreeChat();
    const text = await sayUnique(chat, 'trace at once');
    await killCli(chat);
    await chat.waitForTurns(1);
    expectOneRecovery(chat);
    expect(textsOf(chat).at(-1)).toBe('Left a trace.');
    expect(timesInContext(text)).toBe(1);
    expect(await readTrace(chat)).toBe('ran\n');
  });

  it('goes on when it is killed after a tool call, and does not run that again', async () => {
    await using chat = await openFreeChat();
    const text = await sayUnique(chat, 'trace and think');
    await chat.waitForEvent('agent.tool_result');
    await model.waitForRequest((request) => isFromTurn(text)(request) && request.conversation?.step === 1);
    await killCli(chat);
    await chat.waitForTurns(1);
    expectOneRecovery(chat);
    expect(textsOf(chat).at(-1)).toBe('My call ended with: finished');
    expect(timesInContext(text)).toBe(1);
    expect(await readTrace(chat)).toBe('ran\n');
  });
});
