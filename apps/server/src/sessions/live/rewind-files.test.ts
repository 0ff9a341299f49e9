import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openTestHost } from '../../hosts/fixtures/open-test-host.ts';
import { newSession, openTestStore } from '../../store/contract/back-end.ts';
import type { TerminalUsers } from '../../terminals/terminals.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createSandboxGit } from '../../workspaces/git/sandbox-git.ts';
import { createWorkspaceHistory } from '../../workspaces/history/workspace-history.ts';
import { findCutRewind, putBack } from './rewind-files.ts';
import { createSessionStates } from './session-states.ts';

const nodeId = 'node_1';

/** The states of a session with an empty workspace, in whose terminals nobody is but `users`. */
async function openStates(users?: TerminalUsers) {
  const stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const workspace = join(data.path, 'workspace');
  await mkdir(workspace);
  const { host } = stack.use(openTestHost({}));
  const git = createSandboxGit({ host, path: '/usr/bin:/bin' });
  const limits = { maxFiles: 100, maxFileBytes: 1000, maxNewBytes: 10_000 };
  const history = createWorkspaceHistory(git, { workspace, store: join(data.path, 'history') }, limits);
  const store = stack.use(await openTestStore({ createDatabase: () => Promise.resolve('sqlite::memory:') }));
  const session = await store.sessions.create(newSession());
  const states = createSessionStates({
    ...{ histories: { of: () => history }, store, placeId: nodeId, maxBytes: Infinity, session: () => session },
    terminals: { hasUsers: () => users !== undefined, takeUsers: () => users ?? { typed: [], open: [] } },
    ...{ logger: createLogger({ level: 'silent' }), notify: () => undefined },
  });
  const write = (name: string, text: string) => writeFile(join(workspace, name), text);
  const read = () => Promise.all(['a', 'b'].map((name) => readFile(join(workspace, name), 'utf8')));
  const list = () => store.workspaceStates.list(session.id);
  return { history, states, write, read, list, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

it('finds a rewind that a killed server has left half done, and makes the files what they were before it', async () => {
  await using opened = await openStates();
  const { history, states, write, read, list } = opened;

  await Promise.all([write('a', 'old'), write('b', 'old')]);
  await states.record('turn', 1);
  await Promise.all([write('a', 'newer'), write('b', 'newer')]);
  await states.record('turn', 2);
  expect(findCutRewind(await list())).toBeUndefined();

  const before = await states.record('before_rewind', 2);
  await write('a', 'old');
  expect(findCutRewind(await list())).toEqual(before);
  await putBack(states, { before, turn: 2 });
  expect(await read()).toEqual(['newer', 'newer']);
  expect(findCutRewind(await list())).toBeUndefined();
  // What was there is recorded, and can be had back.
  const [half] = (await list()).slice(-2);
  expect(await history.list(before.state, half?.state ?? '')).toMatchObject([{ status: 'modified' }]);
});

it('tells an edit by hand as that of who made it, before a rewind and beside an open terminal', async () => {
  const users: TerminalUsers = { typed: [], open: ['user_bob'] };
  await using opened = await openStates(users);
  const { states, write, list } = opened;
  const listTold = async () => (await list()).map(({ reason, madeBy, changedFiles }) => [reason, madeBy, changedFiles]);
  await states.record('turn', 1);

  await states.beforeEdit(1, 'user_ada');
  await write('a', 'uploaded');
  await states.record('before_rewind', 1);
  await states.record('rewind', 1);
  expect(await listTold()).toEqual([
    ['turn', [], 0],
    ['edit', ['user_ada'], 1],
    ['before_rewind', [], 0],
    ['rewind', [], 0],
  ]);

  await states.beforeEdit(1, 'user_ada');
  await write('a', 'edited');
  states.beginTurn(1);
  await states.whenRecorded();
  await write('b', 'by a program in the terminal');
  states.beginTurn(1);
  await states.whenRecorded();
  expect((await listTold()).slice(4)).toEqual([
    ['edit', ['user_ada'], 1],
    ['terminal', ['user_bob'], 1],
  ]);
});
