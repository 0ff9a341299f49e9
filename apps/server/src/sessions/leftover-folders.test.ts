import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, readdir, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { SYSTEM } from '../audit/fact.ts';
import { linkWorkspace, makeSessionDirs, toSessionDirs } from '../workspaces/session-dirs.ts';
import { isMarkedUnclaimed, markUnclaimed } from '../workspaces/unclaimed-dirs.ts';
import { createSession } from '../store/contract/back-end.ts';
import { deleteSession } from './delete-session.ts';
import { createLeftoverFolders } from './leftover-folders.ts';
import { readSessionRules } from '../permissions/session-rules.ts';
import { openSessions } from './fixtures/sessions-harness.ts';

async function openFolders() {
  const sessions = await openSessions();
  const { deps, store } = sessions;
  const { dataDir } = sessions;
  /** The folders of a session, with a file in each. */
  const fill = async (agentSessionId: string, sessionId?: string) => {
    const dirs = toSessionDirs(dataDir, agentSessionId);
    await makeSessionDirs(dirs);
    for (const dir of Object.values(dirs) as string[]) await writeFile(join(dir, 'file.txt'), 'text');
    if (sessionId !== undefined) await linkWorkspace(sessionId, dirs);
  };
  return {
    ...{ deps, store, dataDir, fill },
    async addSession() {
      const session = await createSession(store);
      await fill(session.agentSessionId, session.id);
      await store.settings.set(`session-rules/${session.id}`, []);
      return session;
    },
    /** As a server does that starts. */
    async restart() {
      const leftovers = createLeftoverFolders(deps);
      await (
        await leftovers.start()
      ).removed;
      await leftovers.close();
    },
    list: async () => ({
      workspaces: (await readdir(join(dataDir, 'workspaces'))).toSorted(),
      agents: (await readdir(join(dataDir, 'agents'))).toSorted(),
      rules: (await store.settings.list('session-rules/')).map(({ key }) => key),
    }),
    [Symbol.asyncDispose]: () => sessions[Symbol.asyncDispose](),
  };
}

it('leaves nothing of a deleted session', async () => {
  await using folders = await openFolders();
  await deleteSession(folders.deps, await folders.addSession(), SYSTEM);
  expect(await folders.list()).toEqual({ workspaces: [], agents: [], rules: [] });
});

it('goes on at the next start where a deletion was cut, behind each of its steps, and touches no other session', async () => {
  await using folders = await openFolders();
  const { store, dataDir } = folders;
  const kept = await folders.addSession();
  const marked = await folders.addSession();
  await markUnclaimed(dataDir, marked.agentSessionId);
  const gone = await folders.addSession();
  await markUnclaimed(dataDir, gone.agentSessionId);
  await store.sessions.delete(gone.id);
  const halfGone = await folders.addSession();
  await markUnclaimed(dataDir, halfGone.agentSessionId);
  await store.sessions.delete(halfGone.id);
  await rm(join(dataDir, 'workspaces', halfGone.id));
  await rm(toSessionDirs(dataDir, halfGone.agentSessionId).workspace, { recursive: true });

  await folders.restart();

  const agents = [kept.agentSessionId, marked.agentSessionId].toSorted();
  expect(await folders.list()).toEqual({
    workspaces: [...agents, kept.id, marked.id].toSorted(),
    agents,
    rules: [kept.id, marked.id].toSorted().map((id) => `session-rules/${id}`),
  });
  expect(await isMarkedUnclaimed(dataDir, marked.agentSessionId)).toBe(false);
});

it('removes the mark behind all that it marks, so that the next start goes on wherever a deletion was cut', async () => {
  await using folders = await openFolders();
  const { deps, dataDir } = folders;
  const id = randomUUID();
  await folders.fill(id);
  await markUnclaimed(dataDir, id);
  const agent = join(dataDir, 'agents', id);
  await mkdir(join(agent, 'history', 'objects'), { recursive: true });
  const marked = (await readdir(agent)).toSorted();
  const removed = new Set<string>();
  const watcher = watch(agent, (_, name) => name !== null && marked.includes(name) && removed.add(name));
  await deps.workspaces.of(id).delete();
  await until('all is seen to be removed', () => removed.size === marked.length);
  watcher.close();
  expect([...removed].at(-1)).toBe('spare');
});

it('removes a fork that was cut before it was stored, and keeps one that was stored and not linked', async () => {
  await using folders = await openFolders();
  const { store, dataDir } = folders;
  const cut = randomUUID();
  await markUnclaimed(dataDir, cut);
  await folders.fill(cut);
  const fork = await createSession(store);
  await markUnclaimed(dataDir, fork.agentSessionId);
  await folders.fill(fork.agentSessionId);

  await folders.restart();

  expect((await folders.list()).agents).toEqual([fork.agentSessionId]);
  expect(await readlink(join(dataDir, 'workspaces', fork.id))).toBe(fork.agentSessionId);
});

it('deletes a session also where its folders cannot be marked, such as on a full disk', async () => {
  await using folders = await openFolders();
  const session = await folders.addSession();
  // A folder in the place of the mark, so that it cannot be written.
  await mkdir(join(folders.dataDir, 'agents', session.agentSessionId, 'spare'));
  await deleteSession(folders.deps, session, SYSTEM);
  expect(await folders.list()).toEqual({ workspaces: [], agents: [], rules: [] });
  expect(await readSessionRules(folders.store, session.id)).toEqual([]);
});

it('has other servers remove what they have of a session that is deleted here', async () => {
  await using folders = await openFolders();
  const { deps, store } = folders;
  const session = await folders.addSession();
  await store.diskUse.note({ id: session.id, placeId: 'node_1' }, { bytes: 1, entries: 1 });
  await using other = await openSessions({ store, nodeId: 'node_2', placeId: 'node_2' });
  await deleteSession(other.deps, session, SYSTEM);
  expect((await folders.list()).agents).toEqual([session.agentSessionId]);
  await folders.restart();
  expect(await folders.list()).toEqual({ workspaces: [], agents: [], rules: [] });
  expect(await store.settings.list('unmarked-folders/')).toEqual([]);
  expect(deps.nodeId).toBe('node_1');
});

it('removes home folders of sessions that are gone where the rest is shared, and none that may be about to get a session', async () => {
  await using folders = await openFolders();
  const { deps, dataDir } = folders;
  const kept = await folders.addSession();
  const [gone, young] = [randomUUID(), randomUUID()];
  for (const id of [gone, young]) await folders.fill(id);
  for (const id of [gone, kept.agentSessionId]) await utimes(join(dataDir, 'agents', id), 0, 0);
  const leftovers = createLeftoverFolders({ ...deps, placeId: 'place_1' });
  await (
    await leftovers.start()
  ).removed;
  await leftovers.close();
  const { agents, workspaces } = await folders.list();
  expect(agents).toEqual([kept.agentSessionId, young].toSorted());
  expect(workspaces).toContain(gone);
});

it('removes at the next start what could not be marked, where the server was killed behind the deletion', async () => {
  await using folders = await openFolders();
  const { deps, store, dataDir } = folders;
  const session = await folders.addSession();
  await mkdir(join(dataDir, 'agents', session.agentSessionId, 'spare'));
  const transaction: typeof store.transaction = async (work) => {
    await store.transaction(work);
    throw new Error('killed');
  };
  const killed = { ...deps, store: { ...store, transaction } };
  await expect(deleteSession(killed, session, SYSTEM)).rejects.toThrow('killed');
  await rm(join(dataDir, 'agents', session.agentSessionId, 'spare'), { recursive: true });

  await folders.restart();

  expect(await folders.list()).toEqual({ workspaces: [], agents: [], rules: [] });
  expect(await store.settings.list('unmarked-folders/')).toEqual([]);
});
