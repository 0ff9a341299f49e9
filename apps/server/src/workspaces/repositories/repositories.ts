import { randomUUID } from 'node:crypto';
import { access, lchown, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { RepositorySubmodule } from '@claude-sdk-pattern/protocol/v1';

import { removeTree } from '../../lib/remove-tree.ts';
import { createSerialQueue, type SerialQueue } from '../../lib/serial-queue.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ServerGit } from '../git/run-git.ts';
import { toLentDir, type SessionDirs } from '../session-dirs.ts';
import { assertTreeFits } from './assert-tree-fits.ts';
import { writeGitFolder, type GitFolderOptions } from './git-folder.ts';
import { lendObjects } from './lend-objects.ts';
import { borrowFromOwn } from './lend-to-fork.ts';
import { openSubmodules, toSubmoduleId, type FindAccess } from './open-submodules.ts';
import { createMirrorRoom } from './mirror-room.ts';
import { refreshMirror, type MirrorDeps, type RefreshedMirror, type RefreshOptions } from './mirror.ts';
import { placeTree } from './place-tree.ts';
import { createReadyTrees } from './ready-trees.ts';
import { toMirrorName, type Remote } from './remote.ts';
import { repackMirror } from './repack-mirror.ts';
import { toRepositoryError } from './repository-error.ts';
import { removeLeftTrees, sweepMirrors } from './sweep-mirrors.ts';

export interface RepositoriesDeps extends Omit<MirrorDeps, 'room'> {
  /** For the mirrors; absolute. */
  dir: string;
  /** What mirrors may take together, and half of it those of one person; those that were not used for longest are removed. */
  maxBytes: number;
  /** What the files of one work tree may take; `Infinity` for no limit. */
  maxTreeBytes: number;
  /** Milliseconds since 1970. */
  now(): number;
  logger: Logger;
}

export interface OpenRequest extends Omit<RefreshOptions, 'remote'>, Pick<GitFolderOptions, 'author' | 'subfolder'> {
  remote: Remote;
  /** Whose credential it is, or `public`: a mirror is for one scope, so that nobody reads what somebody else has fetched. */
  scope: string;
  /** Of the session. */
  dirs: SessionDirs;
  /** Names the mount in the folders of the session; a file name. */
  resourceId: string;
  /** Relative to the workspace; empty for the workspace itself. */
  mountPath: string;
  /** Has its submodules opened as well. */
  findSubmoduleAccess?: FindAccess | undefined;
}

export interface OpenedRepository {
  /** Null where they were not asked for. */
  submodules: RepositorySubmodule[] | null;
  /** Null for an empty repository. */
  commit: string | null;
  /** Null where HEAD is detached. */
  branch: string | null;
  /** What people should know, as sentences. */
  remarks: string[];
}

/** The repositories of sessions: mirrors that the server keeps, and work trees in the workspaces, which borrow their objects. */
export interface Repositories {
  /** @throws CspError with the type of the repository error, `state_conflict` for a mount path that is taken */
  open(request: OpenRequest): Promise<OpenedRepository>;
  /**
   * Lends the objects again where the folder with them is gone, as after a restore, or somewhere else, as on another server. Does nothing
   * where it is there. `isFromElsewhere` says that another server lent last, so that more may be borrowed than was lent here.
   */
  lendAgain(request: Omit<OpenRequest, 'author' | 'subfolder'> & { isFromElsewhere?: boolean }): Promise<void>;
  /** Puts a file into a workspace. @throws CspError `state_conflict` for a mount path that is taken */
  putFile(file: { dirs: SessionDirs; mountPath: string; content: Uint8Array }): Promise<void>;
  /** Removes the mirrors that are too much, now and every hour. */
  start(): void;
  /** Resolves when what was begun in the background has ended, such as the next work tree. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const SWEEP_MS = 60 * 60 * 1000;
const CHECKOUT_TIMEOUT_MS = 30 * 60 * 1000;
/** Git uses as many processes as there are processors. */
const PARALLEL = [
  ['checkout.workers', '0'],
  ['checkout.thresholdForParallelism', '500'],
] as const;

/** Removes work trees that a server before has left, which no session will get any more. */
export async function openRepositories(deps: RepositoriesDeps): Promise<Repositories> {
  const { dir, git, sandboxGit, agentUser, logger } = deps;
  await removeLeftTrees(dir);
  const queues = new Map<string, SerialQueue>();
  const closing = new AbortController();
  const background = new Set<Promise<unknown>>();
  let sweeper: NodeJS.Timeout | undefined;
  const ready = createReadyTrees({ writeTree, checkOut });
  const room = createMirrorRoom({
    ...{ dir, maxBytes: deps.maxBytes },
    remove: (name) => later(withMirror(name, () => removeTree(join(dir, name)))),
  });

  /** One at a time for each mirror. */
  function withMirror<T>(name: string, work: (gitDir: string) => Promise<T>): Promise<T> {
    const queue = queues.get(name) ?? createSerialQueue();
    queues.set(name, queue);
    return queue.run(async () => {
      const root = join(dir, name);
      await mkdir(root, { recursive: true, mode: 0o700 });
      return work(join(root, 'mirror.git'));
    });
  }

  /** Brings the mirror up to date, and lends what it has, before anybody packs it anew. */
  function refresh(
    name: string,
    request: Pick<OpenRequest, keyof RefreshOptions | 'subfolder'>,
    { lent, keeps }: { lent: string; keeps: boolean },
  ): Promise<RefreshedMirror> {
    return withMirror(name, async (gitDir) => {
      const { remote, subfolder } = request;
      const refreshed = await refreshMirror({ ...deps, room }, gitDir, request);
      await writeFile(join(dir, name, 'used'), `${remote.url}\n`);
      const { commit } = refreshed;
      if (commit !== undefined && subfolder !== undefined)
        await assertFolder(git, { gitDir, remote, commit, subfolder });
      if (!keeps) await removeTree(lent);
      await lendObjects(gitDir, lent);
      return refreshed;
    });
  }

  /** Makes a work tree of the agent without files, or gives one that is there other refs. */
  async function writeTree(tree: string, folder: GitFolderOptions): Promise<void> {
    const dotGit = join(tree, '.git');
    await mkdir(dotGit, { recursive: true, mode: 0o755 });
    if (agentUser) for (const each of [tree, dotGit]) await lchown(each, agentUser.uid, agentUser.gid);
    await writeGitFolder(dotGit, folder, agentUser);
  }

  /** Writes the files of the commit that HEAD leads to, with the rights of an agent. */
  async function checkOut(tree: string, gitDir: string, signal: AbortSignal): Promise<void> {
    await sandboxGit.read(['reset', '--hard', '--quiet'], {
      ...{ cwd: tree, writableDirs: [tree], readableDirs: [join(gitDir, 'objects')], timeoutMs: CHECKOUT_TIMEOUT_MS },
      ...{ config: PARALLEL, signal },
    });
  }

  /** Opens one repository, without its submodules. @param isMeasured also where its files are there already */
  async function openOne(
    request: Omit<OpenRequest, 'findSubmoduleAccess'>,
    { maxBytes, isMeasured }: { maxBytes: number; isMeasured: boolean },
  ): Promise<{ mirror: RefreshedMirror; gitDir: string; bytes: number }> {
    let bytes = 0;
    const { remote, scope, dirs, resourceId, mountPath, subfolder, author, onProgress } = request;
    const signal = AbortSignal.any([request.signal, closing.signal]);
    const name = toMirrorName(remote, scope);
    const gitDir = join(dir, name, 'mirror.git');
    const lent = join(toLentDir(dirs), resourceId);
    const mirror = await refresh(name, { ...request, signal }, { lent, keeps: false });
    const { commit } = mirror;
    const root = join(dir, name);
    const onWait = () => onProgress({ phase: 'checking_out' });
    const taken = subfolder === undefined ? await ready.take(root, { signal, onWait }) : undefined;
    const tree = taken?.tree ?? join(root, 'trees', randomUUID());
    try {
      await writeTree(tree, { ...mirror, remote, author, subfolder, alternates: join(gitDir, 'objects') });
      const isCheckedOut = taken?.commit === commit;
      if (commit !== undefined && (isMeasured || !isCheckedOut))
        bytes = await assertTreeFits(git, { gitDir, remote, commit, subfolder, maxBytes });
      if (commit !== undefined && !isCheckedOut) {
        onProgress({ phase: 'checking_out' });
        await checkOut(tree, gitDir, signal);
      }
      await writeFile(join(tree, '.git', 'objects', 'info', 'alternates'), `${lent}\n`);
      await placeTree(tree, { workspaceDir: dirs.workspace, mountPath, owner: agentUser });
    } finally {
      await removeTree(tree);
    }
    if (commit !== undefined && subfolder === undefined)
      later(ready.prepare(root, { ...mirror, remote, gitDir, commit, signal: closing.signal }));
    later(withMirror(name, () => repackMirror(deps, gitDir)));
    return { mirror, gitDir, bytes };
  }

  /** In the background; what fails there costs time at the next opening, and nothing else. */
  function later(work: Promise<unknown>): void {
    const done = work
      .catch((error: unknown) => {
        if (!closing.signal.aborted)
          logger.warn({ err: error }, 'a repository could not be prepared for the next session');
      })
      .finally(() => background.delete(done));
    background.add(done);
  }

  return {
    async open(request) {
      const { findSubmoduleAccess: findAccess, subfolder } = request;
      const whole = await openOne(request, { maxBytes: deps.maxTreeBytes, isMeasured: findAccess !== undefined });
      const { commit, branch } = whole.mirror;
      let left = deps.maxTreeBytes - whole.bytes;
      const submodules =
        findAccess === undefined || commit === undefined || subfolder !== undefined
          ? null
          : await openSubmodules(
              { gitDir: whole.gitDir, remote: request.remote, commit, path: '' },
              {
                ...{ git, findAccess },
                async openOne({ remote, commit: sha, path }, found, index) {
                  const { resourceId, mountPath } = request;
                  const opened = await openOne(
                    {
                      ...{ ...request, ...found, remote, checkout: { type: 'commit', sha } },
                      resourceId: toSubmoduleId(resourceId, index),
                      mountPath: mountPath === '' ? path : `${mountPath}/${path}`,
                    },
                    { maxBytes: left, isMeasured: true },
                  );
                  left -= opened.bytes;
                  return opened;
                },
              },
            );
      const remarks = [
        ...(whole.mirror.hostKey === undefined ? [] : [describeHostKey(request.remote, whole.mirror.hostKey)]),
        ...(commit === undefined ? [EMPTY] : await listRemarks(git, whole.gitDir, commit, submodules)),
      ];
      return { commit: commit ?? null, branch: branch ?? null, submodules, remarks };
    },

    async lendAgain(request) {
      const { remote, scope, dirs, resourceId, mountPath } = request;
      const lent = join(toLentDir(dirs), resourceId);
      await borrowFromOwn([mountPath], dirs, dirs);
      const isThere = await access(join(lent, 'pack')).then(
        () => true,
        () => false,
      );
      if (isThere && request.isFromElsewhere !== true) return;
      await refresh(toMirrorName(remote, scope), { ...request, subfolder: undefined }, { lent, keeps: isThere });
    },

    async putFile({ dirs, mountPath, content }) {
      const written = join(dirname(toLentDir(dirs)), `file-${randomUUID()}`);
      try {
        await writeFile(written, content, { mode: 0o644, flag: 'wx' });
        if (agentUser) await lchown(written, agentUser.uid, agentUser.gid);
        await placeTree(written, { workspaceDir: dirs.workspace, mountPath, owner: agentUser });
      } finally {
        await removeTree(written);
      }
    },

    start() {
      const sweep = () => later(sweepMirrors(deps, withMirror));
      sweep();
      sweeper = setInterval(sweep, SWEEP_MS).unref();
    },

    async idle() {
      await Promise.all(background);
    },

    async close() {
      clearInterval(sweeper);
      closing.abort();
      await Promise.all(background);
    },
  };
}

function describeHostKey({ host }: Remote, fingerprint: string): string {
  return `The server has trusted the SSH host key ${fingerprint} of ${host}, because it was the first one, and takes no other from now on. Compare it with what ${host} publishes.`;
}

const EMPTY = 'The repository is empty.';

async function assertFolder(
  git: ServerGit,
  { gitDir, remote, commit, subfolder }: { gitDir: string; remote: Remote; commit: string; subfolder: string },
): Promise<void> {
  const found = await git.run(['cat-file', '-t', `${commit}:${subfolder}`], { gitDir });
  if (found.ok && found.stdout.toString().trim() === 'tree') return;
  const message = `${remote.url} has no folder ${subfolder} at ${commit.slice(0, 12)}. Correct the subfolder`;
  throw toRepositoryError('repository_checkout_error', remote, message);
}

/** What a work tree lacks that people may expect in it. */
async function listRemarks(
  git: ServerGit,
  gitDir: string,
  commit: string,
  opened: readonly RepositorySubmodule[] | null,
): Promise<string[]> {
  const attributes = ['.gitattributes', ':(glob)**/.gitattributes'];
  const [lfs, submodules] = await Promise.all([
    git.run(['grep', '--quiet', '--fixed-strings', 'filter=lfs', commit, '--', ...attributes], { gitDir }),
    git.run(['cat-file', '-e', `${commit}:.gitmodules`], { gitDir }),
  ]);
  return [
    ...(lfs.ok
      ? ['Files that are kept in Git LFS are not fetched: the work tree has their pointers in place of them.']
      : []),
    ...(submodules.ok && opened === null ? [NOT_ASKED_FOR] : []),
    ...(opened ?? []).flatMap(({ path, url, problem }) =>
      problem === null ? [] : [`The submodule ${path} (${url ?? 'without a url'}) is missing: ${problem}.`],
    ),
  ];
}

const NOT_ASKED_FOR =
  'Submodules are not checked out. Open the repository with `submodules`, or add each that the session needs as a repository of its own.';
