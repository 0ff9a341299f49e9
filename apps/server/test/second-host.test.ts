import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ProcessList } from '@claude-sdk-pattern/protocol';
import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, killProcesses, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { loadConfig } from '../src/config/load-config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { openChat, textsOf } from './support/chat.ts';
import { createRemoteHost } from './support/remote-host/remote-host.ts';
import { startHostProgram } from './support/remote-host/start-host-program.ts';
import { useModel } from './support/use-stage.ts';

// A whole session on a host that is no parent of its processes: nothing but the port is known of it.
const scenarios: Scenario[] = [
  { match: { userText: 'ended unexpectedly' }, reply: [say('Went on.')] },
  { match: { userText: 'hang' }, reply: [[say('Thinking'), hang({ times: 1 })]] },
  { match: { userText: 'run a command' }, reply: [useTool('Bash', { command: 'tail -f /dev/null' }), say('Ran.')] },
  { match: { userText: 'hello' }, reply: [say('Hello.')] },
];
const NODE = `csp-${randomBytes(8).toString('hex')}`;
const apiKey = `csp_test_${randomBytes(24).toString('hex')}`;
const headers = { authorization: `Bearer ${apiKey}` };
const model = await useModel(scenarios);
const stack = new AsyncDisposableStack();
let dataDir: string;
let platform: Platform;
let server: { url: string; apiKey: string };
/** Programs that run processes; the last one is asked for the next process. */
const programs: { child: ChildProcess; socketPath: string }[] = [];

async function startProgram(): Promise<ChildProcess> {
  const socketPath = join(dataDir, '..', `host-${programs.length}.sock`);
  const child = await startHostProgram(socketPath, NODE);
  stack.defer(() => void child.kill('SIGKILL'));
  programs.push({ child, socketPath });
  return child;
}

beforeAll(async () => {
  // The platform puts its temporary files into its own folder; other tests of this process have theirs elsewhere.
  vi.stubEnv('TMPDIR', tmpdir());
  stack.defer(() => void vi.unstubAllEnvs());
  const home = stack.use(await createWorkspaceDir());
  dataDir = join(home.path, 'data');
  await mkdir(dataDir);
  stack.defer(() => killProcesses(NODE));
  await startProgram();
  const config = loadConfig({
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'upstream-key',
    CLAUDE_SDK_PATTERN_PORT: '0',
    CLAUDE_SDK_PATTERN_DATA_DIR: dataDir,
    CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: apiKey,
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
  });
  const host = createRemoteHost(() => programs.at(-1)?.socketPath ?? '');
  platform = await startPlatform(config, {
    ...{ logger: createLogger({ level: 'silent' }), version: '0.0.0' },
    chooseHost: () => Promise.resolve({ host, reason: 'The test brings it along' }),
  });
  stack.defer(() => platform.stopNow());
  stack.defer(() => platform.stop());
  server = { url: platform.url, apiKey };
  // The host does not confine agents, so that no session may have the mode that never asks.
  const response = await fetch(`${server.url}/api/v1/policy`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ version: 0, rules: [{ effect: 'allow', rule: 'Bash(tail *)' }] }),
  });
  expect(response.status).toBe(200);
});

afterAll(() => stack.disposeAsync());
const command = (sessionId: string, name: string) =>
  fetch(new URL(`/api/v1/processes/${sessionId}/${name}`, server.url), { method: 'POST', headers });
const listCli = async () => (await listProcesses(NODE)).filter(({ command: line }) => /^\S*\/claude /.test(line));

it('answers from a process that is no child of the server, and ends it by the ladder', async () => {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.waitForTurns(1);
  expect(textsOf(chat)).toEqual(['Hello.']);
  expect((await listCli()).map(({ parentPid }) => parentPid)).toEqual([programs.at(-1)?.child.pid]);
  expect((await command(chat.sessionId, 'hibernate')).status).toBe(204);
  await chat.waitForEvent('session.process_hibernated');
  await until('the process has ended', async () => (await listCli()).length === 0);
});

it('measures the process, and replaces it at once when an operator asks for it', async () => {
  await using chat = await openChat(server);
  await chat.say('run a command');
  await chat.waitForEvent('agent.tool_use');
  const listed = await until('it was measured with its command', async () => {
    const response = await fetch(new URL('/api/v1/processes', server.url), { headers });
    const found = ((await response.json()) as ProcessList).data.find((each) => each.session_id === chat.sessionId);
    return found?.processes.some(({ name }) => name === 'tail') === true && found;
  });
  expect(listed.rss_bytes).toBeGreaterThan(100 * 1024 * 1024);
  expect((await command(chat.sessionId, 'restart')).status).toBe(204);
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.process_restarting')).toMatchObject([
    { cause: 'requested', reason: 'An operator ended it' },
  ]);
  expect(textsOf(chat).at(-1)).toBe('Went on.');
  expect((await listProcesses(NODE)).some(({ command: line }) => line.includes('tail -f /dev/null'))).toBe(false);
});

it('goes on in another process when the host is lost', async () => {
  await using chat = await openChat(server);
  await chat.say('please hang');
  await model.waitForRequest(({ conversation }) => conversation?.userTexts.includes('please hang') === true);
  const lost = programs.at(-1)?.child;
  await startProgram();
  lost?.kill('SIGKILL');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.process_restarting')).toMatchObject([
    { cause: 'died', reason: 'The host that ran it cannot be reached any more' },
  ]);
  expect(chat.eventsOf('session.turn_completed').map(({ outcome }) => outcome)).toEqual(['completed']);
  expect((await listCli()).map(({ parentPid }) => parentPid)).toContain(programs.at(-1)?.child.pid);
});

it('leaves nothing when the platform stops', async () => {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.waitForTurns(1);
  await platform.stop();
  expect(await listCli()).toEqual([]);
  await waitUntilGone(NODE);
});
