import { join } from 'node:path';

import { listProcesses, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openTestHost } from '../hosts/fixtures/open-test-host.ts';
import type { Launcher } from '../hosts/launcher.ts';
import { localLauncher } from '../hosts/local.ts';
import { createDefaultDefinitions } from '../definitions/defaults.ts';
import { toRequestIdentity } from '../turns/request-identity.ts';
import { SessionProcess } from '../turns/session-process.ts';
import { createDefaultSession, openSessions } from './fixtures/sessions-harness.ts';

it('starts no process any more once it is closed, also for a message that was on its way', async () => {
  await using sessions = await openSessions();
  const process = new SessionProcess(sessions.deps, {
    ...{ sessionId: 'sesn_1', ownerId: 'user_1', agentId: 'agent_1', vaultIds: [] },
    plan: () => Promise.reject(new Error('A process was started')),
    onAdopt: () => Promise.resolve(),
    mount: () => Promise.resolve(undefined),
    announce: () => undefined,
    preview: () => undefined,
    onExit: () => undefined,
    onStateChange: () => undefined,
    onPrompt: () => undefined,
    callPrompt: (_, { run }) => run(),
    canUseTool: () => Promise.reject(new Error('There is no agent')),
    onHook: () => Promise.reject(new Error('There is no agent')),
    takePermit: () => false,
    takeCustomResult: () => Promise.resolve(undefined),
    keepApp: () => Promise.resolve(),
    elicit: () => Promise.resolve({ action: 'cancel' }),
    onMessage: () => Promise.resolve(),
    calls: {
      onCallBegin: () => undefined,
      onCallEnd: () => undefined,
      onRetryWait: () => undefined,
      onRetryWaitEnd: () => undefined,
    },
  });
  const closing = process.close();
  process.send({ uuid: 'a', content: 'Too late' });
  expect(process.state).toBe('none');
  await closing;
  process.ensure();
  expect([process.state, process.isGone]).toEqual(['none', true]);
});

const SILENT = join(import.meta.dirname, '../hosts/fixtures/ignores-sigterm.ts');

/** Starts a program in the place of the CLI that never answers. The first try to close its input fails. */
const stubborn: Launcher = {
  ...localLauncher,
  launch(request) {
    const child = localLauncher.launch({ ...request, command: process.execPath, args: [SILENT] });
    const { stdin } = child;
    const destroy = stdin.destroy.bind(stdin);
    stdin.destroy = () => {
      stdin.destroy = destroy;
      throw new Error('The input cannot be closed');
    };
    return child;
  },
};

it('ends a turn whose process does not end by the ladder, and leaves nothing of it', async () => {
  await using opened = openTestHost({ launcher: stubborn });
  await using sessions = await openSessions({ host: opened.host });
  const { served, store } = sessions;
  await createDefaultDefinitions(store);
  const { id } = await createDefaultSession(store);
  const live = await served.get(id);
  const actor = { id: 'user_1', name: 'Ada' };
  const answerer = { userId: 'user_1', keyMadeBy: null, mayAllowForOthers: false, onlyHandedOver: false };
  const content = [{ type: 'text' as const, text: 'hello' }];
  const send = (requestId: string, event: Parameters<typeof live.send>[0]['events'][number]) =>
    live.send({ actor, identity: toRequestIdentity('user_1', requestId, event), events: [event], answerer });
  await send('r1', { type: 'user.message', content });
  await until('the program runs', () => live.process.processId !== undefined);
  await send('r2', { type: 'user.interrupt' });
  await until('the turn has ended', () => live.session.status === 'idle');
  expect(live.process.state).toBe('none');
  await until('the program is gone', async () => (await listProcesses(sessions.dataDir)).length === 0);
});
