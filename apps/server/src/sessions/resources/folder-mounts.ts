import { CspError } from '@claude-sdk-pattern/protocol';
import type { LocalFolderResource } from '@claude-sdk-pattern/protocol/v1';

import { SYSTEM } from '../../audit/fact.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Session } from '../../store/sessions.ts';
import type { FolderProgress, OpenedFolder } from '../../workspaces/folders/folder-request.ts';
import type { SessionDirs } from '../../workspaces/session-dirs.ts';
import type { SessionDeps } from '../session-deps.ts';
import { toRelativePath } from './new-resources.ts';
import { describeHeld, isDirect, takeFolder } from './take-folder.ts';

export interface FolderMountsDeps extends Pick<
  SessionDeps,
  'store' | 'clock' | 'logger' | 'findUsers' | 'findRole' | 'audit' | 'mounting'
> {
  session(): Session;
  dirs(): SessionDirs;
  onProgress(resource: LocalFolderResource, progress: FolderProgress): void;
  /** Stores that the folder is not there, with why, and tells the people of the session. */
  onFailed(resource: LocalFolderResource, message: string): Promise<void>;
  /** Tells the people of the session. */
  warn(text: string): Promise<void>;
}

/** The folders of the machine that one session was given. */
export interface FolderMounts {
  /**
   * Before a process starts: looks whether the session still may work in each folder itself, and takes it. What it may not have is told,
   * and the process starts without it. Answers with what the agent should know of that.
   */
  hold(): Promise<string[]>;
  /** The folders that the newest process may write, absolute. */
  readonly held: readonly string[];
  /** Brings one into the workspace. Undefined for a folder that the process does not have. @throws CspError */
  open(resource: LocalFolderResource, signal: AbortSignal): Promise<OpenedFolder | undefined>;
  /** Whether the session has a folder that its process began without, and that the next one would have. Cheap where there is none. */
  isFound(): Promise<boolean>;
  /** Whether the process has a folder that is gone, was replaced, or that the session may not use any more. Tells it. */
  isLost(): Promise<boolean>;
  /** The session has the folder no more. Call it when its process has ended. */
  giveBack(resource: LocalFolderResource): Promise<void>;
}

export function createFolderMounts(deps: FolderMountsDeps): FolderMounts {
  const { store, clock, logger, mounting, session } = deps;
  const { folderGrants, localFolders } = mounting;
  /** What the folder was when the process got it, by its path. */
  let held = new Map<string, string>();
  /** Turns may end while one is looked at. */
  const looks = createSerialQueue();

  /** @throws CspError for a folder that the session may not use now */
  const find = async ({ path, mode }: LocalFolderResource) => {
    const granted = await folderGrants.find(await deps.findRole(session().ownerId), { path, mode });
    if (granted.path === path) return granted;
    throw new CspError('invalid_request', `The folder ${path} has become a link to ${granted.path}. Name that folder`);
  };

  /** What the folder is; the session has it for itself then. @throws CspError */
  const take = async (resource: LocalFolderResource): Promise<string> => {
    await find(resource);
    const problem = await localFolders.findWriteProblem(resource.path);
    if (problem !== undefined) {
      // It may have gone in this moment, which is another problem.
      await find(resource);
      throw new CspError('invalid_request', problem);
    }
    const { id: sessionId, ownerId } = session();
    try {
      await takeFolder(store, resource, { sessionId, nowMs: clock.now() });
    } catch (error) {
      throw await describeHeld(deps, error, ownerId);
    }
    return localFolders.identify(resource.path);
  };

  const toLink = (resource: LocalFolderResource) => ({
    ...{ workspaceDir: deps.dirs().workspace, mountPath: toRelativePath(resource), path: resource.path },
  });

  const fail = async (resource: LocalFolderResource, error: unknown): Promise<string> => {
    const message = error instanceof CspError ? error.message : 'The server has failed to look at it. Try again';
    logger.warn({ err: error, resource_id: resource.id }, 'a folder of the machine cannot be used');
    const now = session().resources.find(({ id }) => id === resource.id);
    await localFolders.unlink(toLink(resource)).catch(() => undefined);
    const isTold = now === undefined || (now.state === 'failed' && now.problem === message);
    if (!isTold) await deps.onFailed(resource, message);
    return message;
  };

  /** Leases of folders that were taken from the session. */
  const listLeft = async () => {
    const { id, resources } = session();
    const leases = held.size === 0 ? [] : await store.folderLeases.list();
    return leases.filter(
      (each) => each.sessionId === id && !resources.some((resource) => resource.id === each.resourceId),
    );
  };

  return {
    get held() {
      return [...held.keys()];
    },

    hold: () => looks.run(hold),
    isFound: () => looks.run(findReturned),
    isLost: () => looks.run(findLost),

    async open(resource, signal) {
      const { id, path, mode, checkout } = resource;
      const { id: sessionId, ownerId } = session();
      if (mode === 'direct') {
        if (!held.has(path)) return undefined;
        await localFolders.link(toLink(resource));
        if (resource.state === 'ready') return undefined;
      }
      const { rootPath } = await find(resource);
      await deps.audit.record({
        ...{ actor: SYSTEM, action: 'folder.use', target: { type: 'folder', id: path } },
        details: { session_id: sessionId, owner_id: ownerId, resource_id: id, mode },
      });
      if (mode === 'direct') return { commit: null, branch: null, remarks: [] };
      const owner = (await deps.findUsers([ownerId])).get(ownerId);
      return localFolders[mode === 'copy' ? 'copy' : 'checkOut']({
        ...{ path, rootPath, checkout, signal, resourceId: id, dirs: deps.dirs() },
        mountPath: toRelativePath(resource),
        author: owner && { name: owner.name, email: owner.email },
        onProgress: (progress) => deps.onProgress(resource, progress),
      });
    },

    async giveBack(resource) {
      await localFolders.unlink(toLink(resource)).catch((error: unknown) => {
        logger.warn({ err: error, resource_id: resource.id }, 'the link to a folder could not be removed');
      });
      await store.folderLeases.release(resource.id);
    },
  };

  async function hold(): Promise<string[]> {
    for (const { resourceId } of await listLeft()) await store.folderLeases.release(resourceId);
    held = new Map();
    const told: string[] = [];
    for (const resource of session().resources.filter(isDirect)) {
      try {
        held.set(resource.path, await take(resource));
      } catch (error) {
        told.push(`The user's folder ${resource.path} cannot be used: ${await fail(resource, error)}`);
      }
    }
    return told;
  }

  async function findReturned(): Promise<boolean> {
    for (const resource of session().resources.filter(isDirect)) {
      if (resource.state !== 'failed' || held.has(resource.path)) continue;
      // What is wrong with it was told.
      if ((await take(resource).catch(() => undefined)) !== undefined) return true;
    }
    return false;
  }

  async function findLost(): Promise<boolean> {
    for (const resource of session().resources.filter(isDirect)) {
      const before = held.get(resource.path);
      if (before === undefined) continue;
      try {
        if ((await take(resource)) === before) continue;
        await deps.warn(
          `The folder ${resource.path} was replaced by another one while the agent worked in it. Its next process has the new one.`,
        );
      } catch (error) {
        await fail(resource, error);
      }
      return true;
    }
    return false;
  }
}
