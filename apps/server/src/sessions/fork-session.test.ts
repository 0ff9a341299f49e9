import { execFile } from 'node:child_process';
import { mkdir, readdir, readlink, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

import { CspError } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import { toSessionDirs } from '../workspaces/session-dirs.ts';
import { createSession, newEvents } from '../store/contract/back-end.ts';
import type { NewEvent } from '../store/event-rows.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import { rethrowUnlessAnswered, toRequestIdentity } from '../turns/request-identity.ts';
import { createSession as createNewSession } from './create-session.ts';
import { forkSession } from './fork-session.ts';
import { openSessions } from './fixtures/sessions-harness.ts';

const EVENTS = 50_000;

function newTurnEnd(): NewEvent {
  const id = `sevt_${crypto.randomUUID()}`;
  const body = { id, type: 'session.status_idle', stop_reason: { type: 'end_turn' } } as NewEvent['body'];
  return { id, type: body.type, body };
}

/** A session with so many events and a tenth as many entries of its transcript, whose last turn has ended. */
async function fillSession(store: Store, count: number) {
  const session = await createSession(store);
  for (let left = count - 1; left > 0; left -= 5000) {
    const events = newEvents(Math.min(5000, left));
    await store.events.append(session.id, 0, events);
    const entries = events
      .slice(0, Math.ceil(events.length / 10))
      .map(({ id }) => ({ type: 'user', uuid: id, sessionId: session.agentSessionId }));
    await store.transcripts.append({ sessionId: session.agentSessionId }, entries);
  }
  await store.events.append(session.id, 0, [newTurnEnd()]);
  return session;
}

it(
  'holds the event loop for a small part of what copying the journal at once takes',
  { timeout: 120_000 },
  async () => {
    await using sessions = await openSessions();
    const { deps, store } = sessions;
    const source = await fillSession(store, EVENTS);
    const startedAt = performance.now();
    await store.events.copy({ fromSessionId: source.id, toSessionId: 'sesn_other', afterSeq: 0, throughSeq: EVENTS });
    const atOnceMs = performance.now() - startedAt;

    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const fork = await forkSession(deps, source, { actor: toTestActor(source.ownerId) });
    delay.disable();

    expect((await store.events.readAfter(fork.id, EVENTS - 1, 10)).map(({ type }) => type)).toEqual([
      ...['session.status_idle', 'session.usage'],
    ]);
    expect((await store.transcripts.load({ sessionId: fork.agentSessionId }))?.at(-1)).toMatchObject({
      sessionId: fork.agentSessionId,
    });
    // Of all delays but the few in which the machine, or the collector of garbage, did something else.
    expect(delay.percentile(99) / 1e6).toBeLessThan(atOnceMs / 4);
  },
);

it('has the links of the workspace as they were, and says what could not be copied', async () => {
  await using sessions = await openSessions();
  const { deps, store } = sessions;
  const source = await fillSession(store, 3);
  const { workspace } = toSessionDirs(sessions.dataDir, source.agentSessionId);
  await mkdir(join(workspace, 'bin'), { recursive: true });
  await writeFile(join(workspace, 'x'), 'text');
  await symlink('../x', join(workspace, 'bin/tool'));
  await promisify(execFile)('mkfifo', [join(workspace, 'pipe')]);

  const fork = await forkSession(deps, source, { actor: toTestActor(source.ownerId) });

  const copied = toSessionDirs(sessions.dataDir, fork.agentSessionId).workspace;
  expect(await readlink(join(copied, 'bin/tool'))).toBe('../x');
  const notice = (await store.events.readAfter(fork.id, 3, 10)).find(({ type }) => type === 'session.notice');
  expect(notice?.body).toMatchObject({
    type: 'session.notice',
    level: 'warning',
    text: expect.stringContaining('pipe'),
  });
  expect((await store.events.readAfter(source.id, 3, 10)).length).toBe(0);
});

it('is for the owner alone where a repository was opened with their credential', async () => {
  await using sessions = await openSessions();
  const { deps, store } = sessions;
  const { id } = await fillSession(store, 3);
  const place = { mount_path: '/workspace/app', created_at: '', updated_at: '', problem: null, checkout: null };
  const repository = {
    ...place,
    id: 'sesrsc_1',
    type: 'git_repository',
    url: 'https://git.example/a/b',
    subfolder: null,
  };
  const own = { ...repository, state: 'ready', commit: null, branch: null, secret: 'deploy key' } as const;
  const resources = [own] as unknown as Session['resources'];
  await store.sessions.update(id, { resources });
  const source = await store.sessions.find(id);
  if (source === undefined) throw new Error('The session is gone');
  const fork = (userId: string) => forkSession(deps, source, { actor: toTestActor(userId) });
  await expect(fork('user_other')).rejects.toMatchObject({ code: 'permission_denied' });
  expect((await fork(source.ownerId)).resources).toMatchObject([{ secret: 'deploy key' }]);
  const open = { ...source, resources: [{ ...own, secret: null }] as unknown as Session['resources'] };
  expect((await forkSession(deps, open, { actor: toTestActor('user_other') })).ownerId).toBe('user_other');
});

it('is made for nobody whose account was locked meanwhile, nor is a new session', async () => {
  const locked = async () => {
    throw new CspError('permission_denied', 'locked');
  };
  await using sessions = await openSessions({ assertActive: locked });
  const { deps, store } = sessions;
  const source = await fillSession(store, 3);
  const actor = toTestActor(source.ownerId);
  await expect(forkSession(deps, source, { actor })).rejects.toMatchObject({ code: 'permission_denied' });
  const made = createNewSession(deps, { actor, params: {}, identity: undefined });
  await expect(made).rejects.toMatchObject({ code: 'permission_denied' });
  const { sessions: kept } = await store.sessions.list({ ownerId: null, includeArchived: true, limit: 10 });
  expect(kept.map(({ id }) => id)).toEqual([source.id]);
});

it('is refused to nobody who repeats the request of a new session, whatever of it could not be had any more', async () => {
  const found: { problem?: string } = {};
  await using sessions = await openSessions();
  const { store } = sessions;
  const deps = {
    ...sessions.deps,
    mounting: { ...sessions.deps.mounting, findAddressProblem: async () => found.problem },
  };
  const source = await fillSession(store, 3);
  const actor = toTestActor(source.ownerId);
  const params = { resources: [{ type: 'git_repository' as const, url: 'https://git.example/a/b' }] };
  const identity = toRequestIdentity(actor.userId, 'req_1', params);
  const made = await createNewSession(deps, { actor, params, identity });
  found.problem = 'it leads to an address that is not public';
  const again = await createNewSession(deps, { actor, params, identity }).catch(rethrowUnlessAnswered);
  expect(again).toMatchObject({ session: { id: made.session.id } });
});

it('leaves no rows and no folders when its source is deleted meanwhile', async () => {
  await using sessions = await openSessions();
  const { deps, store } = sessions;
  const source = await fillSession(store, 3000);
  const [forked] = await Promise.allSettled([
    forkSession(deps, source, { actor: toTestActor(source.ownerId) }),
    store.sessions.delete(source.id),
  ]);
  expect(forked).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  await store.purgeDeleted();
  expect(await store.database.selectFrom('events').select('seq').execute()).toEqual([]);
  expect(await store.forks.abandonUnfinished(deps.nodeId)).toBe(0);
});

it('is refused, and leaves no files, when its source has more than a session may', async () => {
  await using sessions = await openSessions({ disk: { maxBytes: 1024 * 1024, maxEntries: Infinity } });
  const { deps, store } = sessions;
  const source = await fillSession(store, 3);
  const { workspace } = toSessionDirs(sessions.dataDir, source.agentSessionId);
  await mkdir(workspace, { recursive: true });
  for (const name of ['a', 'b']) await writeFile(join(workspace, name), 'x'.repeat(700_000));
  await expect(forkSession(deps, source, { actor: toTestActor(source.ownerId) })).rejects.toMatchObject({
    code: 'quota_exceeded',
  });
  expect(await readdir(join(sessions.dataDir, 'workspaces'))).toEqual([source.agentSessionId]);
});

it('stops copying files when the server stops', async () => {
  await using sessions = await openSessions();
  const { deps, store } = sessions;
  const source = await fillSession(store, 3);
  const { workspace } = toSessionDirs(sessions.dataDir, source.agentSessionId);
  await mkdir(workspace, { recursive: true });
  await writeFile(join(workspace, 'hole'), '');
  await truncate(join(workspace, 'hole'), 256 * 1024 * 1024);
  const assertServing = () => {
    throw new CspError('stopping', 'It stops');
  };
  await expect(forkSession(deps, source, { actor: toTestActor(source.ownerId), assertServing })).rejects.toMatchObject({
    code: 'stopping',
  });
  expect(await readdir(join(sessions.dataDir, 'workspaces'))).toEqual([source.agentSessionId]);
});

it('is refused when the transcript lost its rows to a deletion while it was copied', async () => {
  await using sessions = await openSessions();
  const { deps, store } = sessions;
  const source = await fillSession(store, 3000);
  const transcripts: Store['transcripts'] = {
    ...store.transcripts,
    async loadPart(...asked) {
      await store.sessions.delete(source.id);
      return store.transcripts.loadPart(...asked);
    },
  };
  const fork = forkSession({ ...deps, store: { ...store, transcripts } }, source, {
    actor: toTestActor(source.ownerId),
  });
  await expect(fork).rejects.toMatchObject({ code: 'not_found' });
  await store.purgeDeleted();
  expect(await store.database.selectFrom('events').select('seq').execute()).toEqual([]);
});

it('copies nothing for a user who may have no more sessions', async () => {
  await using sessions = await openSessions();
  const { deps, store } = sessions;
  const source = await fillSession(store, 3);
  const begin = () => Promise.reject(new Error('The copy has begun'));
  const quotas = { ...deps.quotas, storedSessions: 1 };
  const full = { ...deps, quotas, store: { ...store, forks: { ...store.forks, begin } } };
  await expect(forkSession(full, source, { actor: toTestActor(source.ownerId) })).rejects.toMatchObject({
    code: 'quota_exceeded',
  });
});
