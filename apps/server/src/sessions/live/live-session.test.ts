import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { createWorkspaceDir, until } from '@claude-sdk-pattern/testkit';
import { expect, it, vi } from 'vitest';

import { openStore } from '../../store/open-store.ts';
import { toRequestIdentity } from '../../turns/request-identity.ts';
import { createDefaultSession, openSessions } from '../fixtures/sessions-harness.ts';

it('answers a repeated request no earlier than the first one, when both are flushed to the disk', async () => {
  await using dir = await createWorkspaceDir();
  const held: (() => void)[] = [];
  let isHeld = false;
  const sync = () =>
    new Promise<void>((resolve) => {
      if (isHeld) held.push(resolve);
      else resolve();
    });
  await using store = await openStore({
    url: `sqlite:${join(dir.path, 'csp.db')}`,
    createSync: () => ({ sync, close: () => Promise.resolve() }),
  });
  await using sessions = await openSessions({ store });
  const live = await sessions.served.get((await createDefaultSession(store)).id);
  const event = { type: 'user.interrupt' } as const;
  const send = () =>
    live.send({
      actor: { id: 'user_1', name: 'Ada' },
      identity: toRequestIdentity('user_1', 'req_1', event),
      events: [event],
      answerer: { userId: 'user_1', keyMadeBy: null, mayAllowForOthers: false, onlyHandedOver: false },
    });
  const answered: string[] = [];

  const transactions = vi.spyOn(store, 'transaction');
  isHeld = true;
  const first = send().finally(() => answered.push('first'));
  const second = send().finally(() => answered.push('second'));
  await until('both were carried out', () => transactions.mock.calls.length === 2);
  // The second is found to be a repeat, and rolled back; the first one waits for its flush.
  await expect(transactions.mock.results[1]?.value).rejects.toThrow('The request was answered before');
  for (let rounds = 0; rounds < 20; rounds += 1) await setImmediate();
  expect(held.length).toBeGreaterThan(0);
  expect(answered).toEqual([]);

  isHeld = false;
  for (const release of held) release();
  expect(await second).toEqual(await first);
  expect(answered).toEqual(['first', 'second']);
  expect((await sessions.listTypes(live.session.id)).filter((type) => type === 'user.interrupt')).toHaveLength(1);
});
