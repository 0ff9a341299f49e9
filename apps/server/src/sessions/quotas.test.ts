import type { UserEventParams } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import { NewSessionQuota, RunningQuota } from './quotas.ts';
import { SessionService } from './session-service.ts';
import { createDefaultSession, openSessions } from './fixtures/sessions-harness.ts';

const events: UserEventParams[] = [{ type: 'user.message', content: [{ type: 'text', text: 'Hello' }] }];

it('lets one of several messages at once begin a turn where one more may run', async () => {
  let decided = 0;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await using sessions = await openSessions({
    quotas: { storedSessions: 1000, runningSessions: 1, queuedMessages: 1000, newSessionsPerMinute: 1000 },
    // Each message waits here, behind the check.
    async findRole() {
      decided += 1;
      await held;
      return 'user';
    },
  });
  const service = new SessionService(sessions.deps);
  const { id, ownerId } = await createDefaultSession(sessions.store);
  const ids = [id];
  for (let count = 0; count < 2; count += 1) ids.push((await createDefaultSession(sessions.store)).id);
  const actor = toTestActor(ownerId);
  const send = (to: string) =>
    service.send(actor, to, { events }).catch((error: unknown) => {
      decided += 1;
      throw error;
    });
  const sends = Promise.allSettled(ids.map(send));
  await until('each message has passed the check or was refused', () => decided === ids.length);
  release();
  const refusals = (await sends).filter(({ status }) => status === 'rejected');
  expect(refusals).toMatchObject([{ reason: { code: 'rate_limited' } }, { reason: { code: 'rate_limited' } }]);
  await service.stopNow();
});

it('counts a session once, and no longer when what was sent to it has an answer', async () => {
  const quota = new RunningQuota({ runningSessions: 1 });
  const toSession = (id: string) => ({ session: { id, ownerId: 'ada' }, idleSinceMs: 0 });
  const [one, other] = [toSession('one'), toSession('other')];
  const asked = { served: [one, other], events };
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const firstSend = quota.send(one, asked, () => first.promise);
  const secondSend = quota.send(one, asked, () => second.promise);
  first.resolve();
  await firstSend;
  await expect(quota.send(other, asked, async () => undefined)).rejects.toThrow(/^1 of your sessions/);
  second.reject(new Error('refused'));
  await expect(secondSend).rejects.toThrow('refused');
  expect(await quota.send(other, asked, async () => 'sent')).toBe('sent');
});

it('bounds how many sessions one user makes in a minute', () => {
  let now = 0;
  const quota = new NewSessionQuota({ newSessionsPerMinute: 2 }, { uptimeMs: () => now });
  quota.take('user_ada');
  quota.take('user_ada');
  now = 15_000;
  expect(() => quota.take('user_ada')).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 45_000, details: { limit: 2 } }),
  );
  quota.take('user_bob');
  now = 60_000;
  quota.take('user_ada');
});
