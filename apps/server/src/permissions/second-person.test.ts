import { expect, it } from 'vitest';

import type { Role } from '../identity/actor.ts';
import { openJournalHarness } from '../journal/fixtures/journal-harness.ts';
import { hasSecondPerson } from './second-person.ts';

it('knows who of the session may allow what its requesters may not', async () => {
  await using session = await openJournalHarness();
  const { store, sessionId } = session;
  const roles = new Map<string, Role>([
    ['user_asks', 'user'],
    ['user_2', 'user'],
    ['operator', 'operator'],
  ]);
  const find = () =>
    hasSecondPerson(
      { store, findActiveRoles: async (ids) => new Map([...roles].filter(([id]) => ids.includes(id))) },
      { id: sessionId, ownerId: 'user_owner' },
      ['user_owner', 'user_asks'],
    );
  const share = (userId: string, level: 'view' | 'drive' | 'manage') =>
    store.shares.put({ sessionId, userId, level, grantedBy: 'user_owner' });
  expect(await find()).toBe(false);
  await share('user_asks', 'manage');
  await share('user_2', 'drive');
  await share('operator', 'view');
  await share('user_locked', 'manage');
  expect(await find()).toBe(false);
  await share('user_2', 'manage');
  expect(await find()).toBe(true);
  await share('user_2', 'drive');
  await share('operator', 'drive');
  expect(await find()).toBe(true);
  roles.delete('operator');
  expect(await find()).toBe(false);
});
