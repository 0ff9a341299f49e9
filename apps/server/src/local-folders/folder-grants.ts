import { createId, CspError, type FolderRootListing, type FolderRootResource } from '@claude-sdk-pattern/protocol';
import type { FolderMode } from '@claude-sdk-pattern/protocol/v1';

import { may } from '../access/may.ts';
import { isSystemError, type Folder } from '../agent-files/folder.ts';
import { listFolder } from '../agent-files/list-folder.ts';
import { openFolderPath } from '../agent-files/open-path.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor, type Fact } from '../audit/fact.ts';
import type { Actor, Role } from '../identity/actor.ts';
import { isWithin } from '../lib/is-within.ts';
import type { FolderRoot } from '../store/folder-roots.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { findRealFolder, toPlainPath } from './real-folder.ts';
import { findRootProblem } from './root-problem.ts';

export interface FolderGrantsDeps {
  store: Pick<Store, 'folderRoots' | 'transaction'>;
  audit: Pick<AuditRecorder, 'record'>;
  /** The server's own folders: its data, and its program. */
  ownDirs: readonly string[];
  /** Milliseconds since 1970. */
  now(): number;
}

type Settings = Pick<FolderRoot, 'label' | 'modes'> & { roles: readonly Role[] };

/** A folder that sessions of a role may use. */
export interface GrantedFolder {
  /** Absolute, without links. */
  path: string;
  /** Of the folder that was granted, which is the same or contains it. */
  rootPath: string;
}

/** The folders of the machine that administrators granted to sessions. */
export interface FolderGrants {
  /** Those that sessions of the actor may use; all for administrators. */
  list(actor: Actor): Promise<FolderRootResource[]>;
  /** @throws CspError `invalid_request` for what can never be granted, `state_conflict` where it was granted before */
  create(actor: Actor, root: Settings & { path: string }): Promise<FolderRootResource>;
  /** @throws CspError `not_found` */
  change(actor: Actor, id: string, change: Partial<Settings>): Promise<FolderRootResource>;
  /** Sessions keep what they have until their next process starts. @throws CspError `not_found` */
  delete(actor: Actor, id: string): Promise<void>;
  /** What folders are in a granted one. @param path below it; empty for itself. @throws CspError `not_found` */
  browse(actor: Actor, id: string, path: string): Promise<FolderRootListing>;
  /**
   * The folder, with its links followed, where sessions of this role may use it so. The innermost granted folder decides.
   * @throws CspError `permission_denied` for what was not granted, `invalid_request` for what is not there
   */
  find(role: Role, wanted: { path: string; mode: FolderMode }): Promise<GrantedFolder>;
}

const MAX_LISTED = 500;
const ASK = 'An administrator grants folders on the page Folders of the settings';

export function createFolderGrants({ store, audit, ownDirs, now }: FolderGrantsDeps): FolderGrants {
  const listOwn = async () =>
    (await Promise.all(ownDirs.map((dir) => findRealFolder(dir)))).filter((each) => each !== undefined);

  /** Why this server cannot use a granted folder; undefined where it can. */
  const findProblem = async ({ path }: FolderRoot): Promise<string | undefined> => {
    const real = await findRealFolder(path);
    if (real === undefined) return `There is no folder ${path} on this server`;
    if (real !== path) return `${path} has become a link to ${real}. Grant that folder`;
    const problem = findRootProblem(real, await listOwn());
    return problem === undefined ? undefined : `${path} cannot be used: ${problem}`;
  };

  const describe = async (root: FolderRoot): Promise<FolderRootResource> => ({
    ...{ type: 'folder_root', id: root.id, path: root.path, label: root.label },
    ...{ roles: root.roles as Role[], modes: root.modes, problem: (await findProblem(root)) ?? null },
    ...{ created_at: root.createdAt, updated_at: root.updatedAt },
  });

  const write = async (
    actor: Actor,
    action: Fact['action'],
    work: (transaction: StoreTransaction) => Promise<FolderRoot>,
  ): Promise<FolderRoot> =>
    store.transaction(async (transaction) => {
      const written = await work(transaction);
      const { id, path, label, roles, modes } = written;
      const details = { path, label, roles: [...roles], modes: [...modes] };
      const target = { type: 'folder_root', id } as const;
      await audit.record({ actor: toFactActor(actor), action, target, details }, transaction);
      return written;
    });

  const isFor = ({ roles }: FolderRoot, role: Role) => roles.includes(role);

  return {
    async list(actor) {
      const isAdministrator = may(actor, 'folder_root.change', 'none');
      const roots = (await store.folderRoots.list()).filter((root) => isAdministrator || isFor(root, actor.role));
      return Promise.all(roots.map(describe));
    },

    async create(actor, { path: given, ...settings }) {
      const path = await findRealFolder(given);
      if (path === undefined)
        throw refuse('path', `There is no folder ${given} on this server, or the server may not look at it`);
      const problem = findRootProblem(path, await listOwn());
      if (problem !== undefined) throw refuse('path', `${path} cannot be granted: ${problem}`);
      const root = await write(actor, 'folder_root.create', async ({ folderRoots }) => {
        const made = await folderRoots.create({ id: createId('froot', now()), path, ...settings });
        if (made !== undefined) return made;
        throw new CspError('state_conflict', `The folder ${path} was granted before. Change that grant`);
      });
      return describe(root);
    },

    async change(actor, id, change) {
      const root = await write(actor, 'folder_root.update', async ({ folderRoots }) =>
        getRoot(await folderRoots.change(id, change), id),
      );
      return describe(root);
    },

    async delete(actor, id) {
      await write(actor, 'folder_root.delete', async ({ folderRoots }) => getRoot(await folderRoots.delete(id), id));
    },

    async browse(actor, id, path) {
      const root = getRoot(await store.folderRoots.find(id), id);
      if (!isFor(root, actor.role) && !may(actor, 'folder_root.change', 'none'))
        throw new CspError('not_found', `There is no folder ${id}`);
      const problem = await findProblem(root);
      if (problem !== undefined) throw refuse('path', problem);
      await using opened = await openFolderPath(root.path, toPlainPath(`./${path}`));
      if (opened === undefined) throw new CspError('not_found', `There is no folder ${path} in ${root.path}`);
      const { entries, hasMore, cut } = await listFolder(opened.folder, { after: undefined, limit: MAX_LISTED });
      const shown = entries.filter(({ name, kind }) => kind === 'folder' && !name.startsWith('.'));
      const folders = [];
      for (const { name } of shown) folders.push({ name, is_repository: await hasGit(opened.folder, name) });
      return {
        ...{ type: 'folder_root_listing', path: opened.path === '' ? root.path : `${root.path}/${opened.path}` },
        is_repository: entries.some(({ name }) => name === '.git'),
        ...{ folders, truncated: cut || (hasMore && entries.at(-1)?.kind === 'folder') },
      };
    },

    async find(role, { path: given, mode }) {
      const roots = await store.folderRoots.list();
      const wanted = toPlainPath(given);
      const refused = () =>
        new CspError('permission_denied', `The folder ${given} is not granted to sessions of yours. ${ASK}`);
      const real = await findRealFolder(wanted);
      const named = roots.find((root) => isWithin(root.path, wanted) && isFor(root, role));
      // Who may not use it learns nothing of what is there.
      if (real === undefined) {
        if (named === undefined) throw refused();
        throw refuse(
          'path',
          `There is no folder ${wanted} on this server. Correct the path, or open the session where it is`,
        );
      }
      const around = roots.filter((root) => isWithin(root.path, real));
      const root = around.toSorted((one, other) => other.path.length - one.path.length)[0];
      if (root === undefined && named !== undefined)
        throw new CspError(
          'permission_denied',
          `The folder ${wanted} leads out of ${named.path} by a link. Name a folder that is really in it`,
        );
      if (root === undefined || !isFor(root, role)) throw refused();
      const inner = roots.find((each) => isWithin(real, each.path) && !isUsable(each, { role, mode }));
      if (!root.modes.includes(mode) || inner !== undefined)
        throw new CspError(
          'permission_denied',
          inner !== undefined && inner !== root
            ? `The folder ${inner.path} in it is not granted to sessions of yours in the mode ${mode}. Name a folder beside it`
            : `Folders in ${root.path} may be used in the modes ${root.modes.join(', ')}, not ${mode}. Choose one of these`,
        );
      const problem = (await findProblem(root)) ?? findRootProblem(real, await listOwn());
      if (problem !== undefined) throw refuse('path', `The folder ${wanted} cannot be used: ${problem}`);
      return { path: real, rootPath: root.path };
    },
  };

  function isUsable(root: FolderRoot, { role, mode }: { role: Role; mode: FolderMode }): boolean {
    return isFor(root, role) && root.modes.includes(mode);
  }
}

function getRoot(found: FolderRoot | undefined, id: string): FolderRoot {
  if (found === undefined) throw new CspError('not_found', `There is no folder ${id}`);
  return found;
}

async function hasGit(parent: Folder, name: string): Promise<boolean> {
  try {
    await using folder = await parent.openFolder(name);
    await using _ = await folder.openFolder('.git');
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function refuse(field: string, message: string): CspError {
  return new CspError('invalid_request', message, { details: { field } });
}
