import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openTestHost } from '../hosts/fixtures/open-test-host.ts';
import { newSession, openTestStore } from '../store/contract/back-end.ts';
import { createSandboxGit } from '../workspaces/git/sandbox-git.ts';
import { createWorkspaceHistory } from '../workspaces/history/workspace-history.ts';
import { forgetOldStates } from './forget-old-states.ts';

const FILE_BYTES = 64 * 1024;
const placeId = 'node_1';

it('forgets states until they fit, the first and the newest last, and stops where five are left however large they are', async () => {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const workspace = join(data.path, 'workspace');
  await mkdir(workspace);
  const { host } = stack.use(openTestHost({}));
  const git = createSandboxGit({ host, path: '/usr/bin:/bin' });
  const limits = { maxFiles: 100, maxFileBytes: 1024 * 1024, maxNewBytes: 1024 * 1024 };
  const history = createWorkspaceHistory(git, { workspace, store: join(data.path, 'history') }, limits);
  const store = stack.use(await openTestStore({ createDatabase: () => Promise.resolve('sqlite::memory:') }));
  const { id: sessionId } = await store.sessions.create(newSession());
  for (let turn = 0; turn < 12; turn += 1) {
    await writeFile(join(workspace, 'a.bin'), randomBytes(FILE_BYTES));
    const { id: state, leftOut } = await history.record();
    const reason = turn === 0 ? 'beginning' : 'turn';
    await store.workspaceStates.add(sessionId, {
      ...{ turn, reason, state, madeBy: [], changedFiles: 1, leftOut, placeId },
    });
  }
  const all = await store.workspaceStates.list(sessionId);
  // Of another server, whose files are not here.
  const elsewhere = await store.workspaceStates.add(sessionId, {
    ...({ turn: 12, reason: 'turn', state: 'f'.repeat(40), madeBy: [], changedFiles: 1 } as const),
    ...{ leftOut: { count: 0, paths: [] }, placeId: 'node_2' },
  });
  const forget = (maxBytes: number) => forgetOldStates({ history, store, sessionId, placeId, maxBytes });
  const turns = async () => (await store.workspaceStates.list(sessionId)).map(({ turn }) => turn);

  await forget(12 * FILE_BYTES * 2);
  expect(await turns()).toHaveLength(13);
  await forget(9 * FILE_BYTES);
  expect(await turns()).toEqual([0, 7, 8, 9, 10, 11, elsewhere.turn]);
  expect(await history.measure()).toBeLessThanOrEqual(9 * FILE_BYTES);
  await forget(0);
  expect(await turns()).toEqual([7, 8, 9, 10, 11, elsewhere.turn]);
  const kept = await Promise.all([0, 6, 7, 11].map((turn) => history.has(all[turn]?.state ?? '')));
  expect(kept).toEqual([false, false, true, true]);
});
