import { CspError, type PreviewEvent, type SessionEvent } from '@claude-sdk-pattern/protocol';
import type {
  LocalFolderResource,
  MountedFileResource,
  RepositoryResource,
  SessionResourceItem,
} from '@claude-sdk-pattern/protocol/v1';

import { SYSTEM } from '../../audit/fact.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { AppendOptions, SessionRecord } from '../../turns/session-record.ts';
import { parseRemote, type Remote } from '../../workspaces/repositories/remote.ts';
import { toSubmoduleId } from '../../workspaces/repositories/open-submodules.ts';
import { describeRepositoryError } from '../../workspaces/repositories/repository-error.ts';
import type { Workspace } from '../../workspaces/workspaces.ts';
import type { SessionDeps } from '../session-deps.ts';
import { createFolderMounts, type FolderMounts } from './folder-mounts.ts';
import { toRelativePath } from './new-resources.ts';
import { isDirect } from './take-folder.ts';

export interface SessionMountsDeps extends Pick<
  SessionDeps,
  'files' | 'store' | 'clock' | 'logger' | 'findUsers' | 'findRole' | 'audit' | 'mounting'
> {
  record: SessionRecord;
  workspace(): Workspace;
  preview(event: PreviewEvent): void;
  /** Called again and again while something is mounted, so that nobody takes the session for stalled. */
  touch(): void;
}

/** Brings the resources of a session into its workspace. */
export interface SessionMounts {
  /**
   * Mounts what is not there yet, one after the other. A resource that cannot be mounted is told as `session.error`, and the session goes on
   * without it. Never rejects. Answers with what the agent should know, undefined for nothing.
   */
  mount(signal: AbortSignal): Promise<string | undefined>;
  /** Lends again what repositories that are mounted borrow, where it is not here. What cannot be lent is tried again with the next process. */
  lend(signal: AbortSignal): Promise<void>;
  /** Takes the folders in which the session works itself, before a process starts; answers with those that the process may write. */
  hold(): Promise<readonly string[]>;
  folders: Pick<FolderMounts, 'held' | 'isFound' | 'isLost' | 'giveBack'>;
  /**
   * Changes what the session has, with events that tell it, one change after the other. Not in the order of the session, which waits for the
   * end of a process, that in turn waits for this.
   */
  change(
    toNext: (resources: readonly SessionResourceItem[]) => SessionResourceItem[],
    options?: Pick<AppendOptions, 'within'> & { events?: readonly SessionEvent[] },
  ): Promise<void>;
}

const TOUCH_MS = 10_000;

export function createSessionMounts(deps: SessionMountsDeps): SessionMounts {
  const { record, clock, logger } = deps;
  const { repositories, credentials } = deps.mounting;
  const [mounting, changes] = [createSerialQueue(), createSerialQueue()];

  const change: SessionMounts['change'] = (toNext, { events = [], within } = {}) =>
    changes.run(async () => {
      const patch = { resources: toNext(record.session.resources) };
      await record.append(events, { patch, ...(within && { within }) });
    });

  /** Changes the stored resource, if it still is one. */
  const store = (id: string, next: Partial<SessionResourceItem>, events: readonly SessionEvent[]) => {
    const updated_at = new Date(clock.now()).toISOString();
    return change(
      (resources) =>
        resources.map((each) => (each.id === id ? ({ ...each, ...next, updated_at } as SessionResourceItem) : each)),
      { events },
    );
  };

  async function openRepository(resource: RepositoryResource, signal: AbortSignal) {
    const { session } = record;
    const credential = await credentials.find(session, resource);
    const [owner] = (await deps.findUsers([session.ownerId])).values();
    const { id, url, checkout, subfolder } = resource;
    await deps.audit.record({
      ...{ actor: SYSTEM, action: 'repository.fetch', target: { type: 'repository', id: url } },
      details: { session_id: session.id, owner_id: session.ownerId, resource_id: id },
    });
    return repositories.open({
      ...{ remote: parseRemote(url), scope: credentials.toScope(session, credential), credential, signal, checkout },
      ownerId: session.ownerId,
      ...{ dirs: deps.workspace().dirs, resourceId: id, mountPath: toRelativePath(resource) },
      subfolder: subfolder ?? undefined,
      ...(resource.submodules != null && { findSubmoduleAccess: (remote) => findSubmoduleAccess(resource, remote) }),
      author: owner && { name: owner.name, email: owner.email },
      onProgress(progress) {
        deps.touch();
        deps.preview({ type: 'resource_progress', resource_id: id, repository_url: url, ...progress });
      },
    });
  }

  /** A submodule is named by whoever writes to the repository: it gets the credential of no other repository than itself. */
  async function findSubmoduleAccess({ id: resourceId }: RepositoryResource, remote: Remote) {
    const { session } = record;
    const own = session.resources.find(
      (each): each is RepositoryResource => 'url' in each && parseRemote(each.url).key === remote.key,
    );
    const credential = own && (await credentials.find(session, own));
    await deps.audit.record({
      ...{ actor: SYSTEM, action: 'repository.fetch', target: { type: 'repository', id: remote.url } },
      details: { session_id: session.id, owner_id: session.ownerId, resource_id: resourceId, submodule: true },
    });
    return { credential, scope: credentials.toScope(session, credential) };
  }

  async function mountFile(resource: MountedFileResource) {
    const { content } = await deps.files.readForSession(record.session, resource.file_id);
    await repositories.putFile({ dirs: deps.workspace().dirs, mountPath: toRelativePath(resource), content });
    return { commit: null, branch: null, submodules: null, remarks: [] as string[] };
  }

  const open = (resource: SessionResourceItem, signal: AbortSignal) => {
    if (resource.type === 'file') return mountFile(resource);
    return resource.type === 'local_folder' ? folders.open(resource, signal) : openRepository(resource, signal);
  };

  async function mountOne(resource: SessionResourceItem, signal: AbortSignal): Promise<string | undefined> {
    const startedMs = clock.uptimeMs();
    const { id, mount_path: mountPath } = resource;
    const url = 'url' in resource ? resource.url : null;
    try {
      const mounted = await open(resource, signal);
      if (mounted === undefined) return undefined;
      const { commit, branch, remarks } = mounted;
      const submodules = 'submodules' in mounted ? mounted.submodules : null;
      const event = record.stamp({
        ...{ type: 'session.resource_mounted', resource_id: id, repository_url: url, mount_path: mountPath },
        ...{ commit, branch, remarks, duration_ms: Math.round(clock.uptimeMs() - startedMs) },
        ...(resource.type === 'local_folder' && { folder: { path: resource.path, mode: resource.mode } }),
      });
      const refs = resource.type === 'file' ? {} : { commit, branch, submodules };
      await store(id, { state: 'ready', problem: null, ...refs }, [event]);
      const path = `${deps.workspace().dirs.workspace}/${toRelativePath(resource)}`.replace(/\/$/, '');
      if (resource.type === 'local_folder') return toFolderText(resource, path, { commit, branch });
      if (url === null) return `A file of the user is at ${path}.`;
      const at = branch === null ? `commit ${commit}` : `branch ${branch}`;
      return `The repository ${url} (${at}) is checked out in ${path}. git fetch and git push reach origin without a credential.`;
    } catch (error) {
      if (signal.aborted) return undefined;
      const told = describeRepositoryError(error);
      const { message } = told;
      if (resource.type === 'local_folder') {
        const why = error instanceof CspError ? message : 'The server has failed to open the folder. Try again';
        logger.warn({ err: error, resource_id: id }, 'a folder of the machine could not be mounted');
        await failFolder(resource, why);
        return `The user's folder ${resource.path} could not be mounted: ${why}`;
      }
      logger.warn({ err: error, resource_id: id }, 'a resource could not be mounted');
      const failed = {
        ...(url === null ? { type: 'unknown_error' as const } : { type: told.type, repository_url: url }),
        ...{ message, retry_status: { type: 'retrying' as const } },
      };
      await store(id, { state: 'failed', problem: message }, [record.stamp({ type: 'session.error', error: failed })]);
      return `${url ?? 'A file of the user'} could not be mounted: ${message}`;
    }
  }

  /** What people read of it is a notice: the events of the Managed Agents API have no error for it. */
  const warn = async (text: string) => {
    await record.append([record.stamp({ type: 'session.notice', level: 'warning', text })]);
  };
  const failFolder = (resource: LocalFolderResource, message: string) =>
    store(resource.id, { state: 'failed', problem: message }, [
      record.stamp({ type: 'session.notice', level: 'warning', text: message }),
    ]);
  const folders: FolderMounts = createFolderMounts({
    ...{ ...deps, session: () => record.session, dirs: () => deps.workspace().dirs, warn, onFailed: failFolder },
    onProgress({ id, path }, progress) {
      deps.touch();
      const { phase } = progress;
      const rest = phase === 'copying' ? { phase, entries: progress.entries, bytes: progress.bytes } : progress;
      deps.preview({ type: 'resource_progress', resource_id: id, repository_url: null, path, ...rest });
    },
  });
  let toldEarly: string[] = [];

  return {
    change,
    folders,
    async hold() {
      if (folders.held.length === 0 && !record.session.resources.some(isDirect)) return [];
      await deps.workspace().make();
      toldEarly = await folders.hold();
      return folders.held;
    },
    lend: (signal) =>
      mounting.run(async () => {
        const isFromElsewhere = await deps.workspace().isFromElsewhere();
        let isLent = true;
        for (const resource of record.session.resources)
          if (resource.state === 'ready') isLent = (await lendAgain(resource, { signal, isFromElsewhere })) && isLent;
        if (isFromElsewhere && isLent) await deps.workspace().noteHere();
      }),
    mount: (signal) =>
      mounting.run(async () => {
        if (record.session.resources.length === 0) return undefined;
        const timer = setInterval(deps.touch, TOUCH_MS);
        const told = toldEarly.splice(0);
        try {
          if (await deps.workspace().isUnused()) await forgetMounted();
          const isFromElsewhere = await deps.workspace().isFromElsewhere();
          let isLent = true;
          for (const { id } of record.session.resources) {
            const resource = record.session.resources.find((each) => each.id === id);
            if (resource === undefined || signal.aborted) continue;
            if (resource.state === 'ready' && !isDirect(resource))
              isLent = (await lendAgain(resource, { signal, isFromElsewhere })) && isLent;
            else told.push((await mountOne(resource, signal)) ?? '');
          }
          if (isFromElsewhere && isLent && !signal.aborted) await deps.workspace().noteHere();
        } catch (error) {
          logger.error({ err: error }, 'the resources of a session could not be mounted');
        } finally {
          clearInterval(timer);
        }
        const text = told.filter((each) => each !== '').join('\n');
        return text === '' ? undefined : `<system-reminder>\n${text}\n</system-reminder>`;
      }),
  };

  /** Where the whole workspace is gone, as on a server that does not share it, everything is mounted anew. */
  async function forgetMounted(): Promise<void> {
    const isMounted = (each: SessionResourceItem) => each.state === 'ready' && !isDirect(each);
    if (!record.session.resources.some(isMounted)) return;
    await change((resources) => resources.map((each) => (isMounted(each) ? { ...each, state: 'pending' } : each)));
  }

  /** After a restore, or on another server, the objects that a repository borrows are not there. False where they cannot be lent now. */
  async function lendAgain(
    resource: SessionResourceItem,
    { signal, isFromElsewhere }: { signal: AbortSignal; isFromElsewhere: boolean },
  ): Promise<boolean> {
    if (!('url' in resource)) return true;
    const { session } = record;
    const own = toRelativePath(resource);
    try {
      const credential = await credentials.find(session, resource);
      await repositories.lendAgain({
        ...{ remote: parseRemote(resource.url), scope: credentials.toScope(session, credential), credential, signal },
        ownerId: session.ownerId,
        ...{ checkout: resource.commit === null ? null : { type: 'commit', sha: resource.commit } },
        ...{
          dirs: deps.workspace().dirs,
          resourceId: resource.id,
          mountPath: own,
          onProgress: deps.touch,
          isFromElsewhere,
        },
      });
      for (const [index, { path, url, commit: sha, problem }] of (resource.submodules ?? []).entries()) {
        if (url === null || sha === null || problem !== null) continue;
        const remote = parseRemote(url);
        await repositories.lendAgain({
          ...{ ...(await findSubmoduleAccess(resource, remote)), remote, ownerId: session.ownerId, signal },
          ...{ checkout: { type: 'commit', sha }, resourceId: toSubmoduleId(resource.id, index) },
          ...{ mountPath: own === '' ? path : `${own}/${path}`, isFromElsewhere },
          ...{ dirs: deps.workspace().dirs, onProgress: deps.touch },
        });
      }
      return true;
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, resource_id: resource.id }, 'a repository lacks what it borrows');
      return false;
    }
  }
}

/** What the agent is told of it. */
function toFolderText(
  { path, mode }: LocalFolderResource,
  at: string,
  { commit, branch }: Pick<LocalFolderResource, 'commit' | 'branch'>,
): string {
  if (mode === 'copy') return `A copy of the user's folder ${path} is in ${at}. Changes in it stay in this session.`;
  if (mode === 'direct')
    return `${at} is a link to the user's own folder ${path}. Work in it: what you change there is changed for the user at once, and cannot be taken back by this platform.`;
  const what = branch === null ? `commit ${commit}` : `branch ${branch}`;
  return `The user's repository ${path} (${what}) is checked out in ${at}, on its own: there is no remote, and commits stay in this session.`;
}
