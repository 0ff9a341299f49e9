import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Session } from '../../store/sessions.ts';
import type { SessionRecord } from '../../turns/session-record.ts';
import { createWorkspaces } from '../../workspaces/workspaces.ts';
import { SessionFolders } from './session-folders.ts';
import { toSessionDirs } from '../../workspaces/session-dirs.ts';
import { markUnclaimed } from '../../workspaces/unclaimed-dirs.ts';
import { toDefaultProfileSettings } from '../../agent-process/options/default-settings.ts';
import { createDefaultDefinitions } from '../../definitions/defaults.ts';
import { createJournal } from '../../journal/journal.ts';
import { openTestHost } from '../../hosts/fixtures/open-test-host.ts';
import { ActivePlugins } from '../../plugins/active-plugins.ts';
import { openStore } from '../../store/open-store.ts';
import { createAgent } from '../../processes/create-agent.ts';
import { toRequestIdentity } from '../../turns/request-identity.ts';
import type { ProcessLease } from '../../processes/processes.ts';
import { createDefaultSession, openSessions, toAgentDeps } from '../fixtures/sessions-harness.ts';

it('serves a session anew whose adoption of a spare is stored and could not be flushed', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  await createDefaultDefinitions(store);
  const journal = createJournal({ store });
  const agentSessionId = randomUUID();
  const leases: ProcessLease[] = [];
  await using opened = openTestHost();
  await using sessions = await openSessions({
    store,
    journal: {
      ...journal,
      async append(request) {
        const first = await journal.append(request);
        // Of all appends in this test, the adoption alone has no events.
        if (request.events.length === 0) throw new Error('The disk did not take it');
        return first;
      },
    },
    processes: {
      ...{ refusal: () => undefined, shouldStartAhead: () => false, canStartAhead: false, noteChange: () => undefined },
      async acquire() {
        const lease = leases.pop();
        if (lease === undefined) throw new Error('There is one spare');
        return lease;
      },
    },
  });
  const { served } = sessions;
  const dirs = toSessionDirs(sessions.dataDir, agentSessionId);
  const settings = toDefaultProfileSettings();
  const plan = { agentSessionId, dirs, resume: false, model: undefined, planMode: false, settings };
  await markUnclaimed(sessions.dataDir, agentSessionId);
  const agent = createAgent(toAgentDeps({ store, host: opened.host }), plan, 'token');
  leases.push({
    ...{ agent, startedAs: 'warm', spare: { agentSessionId, dirs } },
    start: () => Promise.resolve(),
    [Symbol.dispose]: () => undefined,
  });

  const { id } = await createDefaultSession(store);
  const live = await served.get(id);
  const content = [{ type: 'text' as const, text: 'hello' }];
  const identity = toRequestIdentity('user_1', 'r1', content);
  const answerer = { userId: 'user_1', keyMadeBy: null, mayAllowForOthers: false, onlyHandedOver: false };
  const events = [{ type: 'user.message' as const, content }];
  await live.send({ actor: { id: 'user_1', name: 'Ada' }, identity, events, answerer });
  await until('the session is served anew', async () => served.find(id) !== undefined && served.find(id) !== live);
  expect((await served.get(id)).session.agentSessionId).toBe(agentSessionId);
  expect(await readlink(join(sessions.dataDir, 'workspaces', id))).toBe(agentSessionId);
});

it('takes what somebody has put into the folder of the session along when it adopts that of a spare', async () => {
  await using dir = await createWorkspaceDir();
  const workspaces = createWorkspaces({ dataDir: dir.path });
  const [own, spare] = [workspaces.of('own'), workspaces.of('spare')];
  await Promise.all([own.make(), spare.make()]);
  await writeFile(join(own.dirs.workspace, 'plan.md'), 'mine');
  const record = {
    session: { id: 'sesn_1', agentSessionId: 'own' } as Session,
    append: async (_events: unknown, { onCommitted }: { onCommitted?: () => void }) => onCommitted?.(),
  } as unknown as SessionRecord;
  const order = createSerialQueue();
  const folders = new SessionFolders({ workspaces, record, enqueue: (work) => void order.run(work) });
  await folders.adopt({ agentSessionId: 'spare', dirs: spare.dirs });
  await order.idle();
  expect(await readFile(join(spare.dirs.workspace, 'plan.md'), 'utf8')).toBe('mine');
  expect(await readdir(join(dir.path, 'workspaces'))).toEqual(['sesn_1', 'spare']);
});

it('keeps the content of the plugins that a process was made with until the process has ended', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  await using opened = openTestHost();
  const plugins = new ActivePlugins();
  const agentSessionId = randomUUID();
  const content = { name: 'reviewer', digest: 'd1' };
  const about = { displayName: 'Reviewer', version: null, path: null, hooks: [], handlers: [], permissions: [] };
  const settings = { ...toDefaultProfileSettings(), plugins: [{ ...content, ...about }] };
  const plan = { agentSessionId, dirs: toSessionDirs('/none', agentSessionId), resume: false, model: undefined };
  const deps = { ...toAgentDeps({ store, host: opened.host }), plugins };
  const agent = createAgent(deps, { ...plan, planMode: false, settings }, 'token');
  expect(plugins.isHeld(content)).toBe(true);
  await agent.close();
  expect(plugins.isHeld(content)).toBe(false);
});
