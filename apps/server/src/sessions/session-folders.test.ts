import { randomUUID } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { toSessionDirs } from '../workspaces/session-dirs.ts';
import { markUnclaimed } from '../workspaces/unclaimed-dirs.ts';
import type { Spare } from '../processes/warm-pool.ts';
import { toDefaultProfileSettings } from '../agent-process/options/default-settings.ts';
import { createDefaultDefinitions } from '../definitions/defaults.ts';
import { createJournal } from '../journal/journal.ts';
import { openStore } from '../store/open-store.ts';
import { createAgent } from './create-agent.ts';
import { toRequestIdentity } from './request-identity.ts';
import { createDefaultSession, openSessions } from './sessions-harness.ts';

it('serves a session anew whose adoption of a spare is stored and could not be flushed', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  await createDefaultDefinitions(store);
  const journal = createJournal({ store });
  const agentSessionId = randomUUID();
  const spares: Spare[] = [];
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
    pool: {
      state: {
        ...{ ready: 1, readyByProfile: new Map(), starting: 0, ending: 0, wanted: 1, failures: 0 },
        lastFailure: undefined,
      },
      take: () => spares.pop(),
    },
  });
  const { deps, served } = sessions;
  const dirs = toSessionDirs(deps.dataDir, agentSessionId);
  const settings = toDefaultProfileSettings();
  const plan = { agentSessionId, dirs, resume: false, model: undefined, planMode: false, settings };
  const place = { assign: () => undefined, release: () => undefined };
  await markUnclaimed(deps.dataDir, agentSessionId);
  const agent = createAgent(deps, plan, 'token');
  spares.push({ agent, profile: 'default', agentSessionId, dirs, token: 'token', place });

  const { id } = await createDefaultSession(store);
  const live = await served.get(id);
  const content = [{ type: 'text' as const, text: 'hello' }];
  const identity = toRequestIdentity('user_1', 'r1', content);
  await live.send({ actor: { id: 'user_1', name: 'Ada' }, identity, events: [{ type: 'user.message', content }] });
  await until('the session is served anew', async () => served.find(id) !== undefined && served.find(id) !== live);
  expect((await served.get(id)).session.agentSessionId).toBe(agentSessionId);
  expect(await readlink(join(deps.dataDir, 'workspaces', id))).toBe(agentSessionId);
});
