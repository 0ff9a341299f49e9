import {
  CspError,
  type GitCommitResult,
  type GitPullRequestResult,
  type GitPushResult,
  type GitRepositoryState,
} from '@claude-sdk-pattern/protocol';
import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';

import { isSystemError } from '../agent-files/folder.ts';
import { openFolderPath } from '../agent-files/open-path.ts';
import type { JsonObject } from '../audit/canonical-json.ts';
import { toFactActor, toKeyDetails, type AuditAction, type Fact } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { Session } from '../store/sessions.ts';
import { findGithub, openPullRequest, toCompareUrl, type PullRequestText } from '../workspaces/repositories/github.ts';
import { parseRemote } from '../workspaces/repositories/remote.ts';
import { toLentDir } from '../workspaces/session-dirs.ts';
import { openWorkTree, type WorkTree } from '../workspaces/work-tree/work-tree.ts';
import { toRelativePath } from './resources/new-resources.ts';
import { findUnconfinedRefusal } from './trust/unconfined-refusal.ts';
import { describeRepository, toEmptyState, withCoAuthor, type KnownRepository } from './describe-repository.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';

export interface SessionGitDeps extends Pick<
  SessionDeps,
  'audit' | 'workspaces' | 'mounting' | 'handGit' | 'confines'
> {
  access: Pick<SessionAccess, 'get'>;
  /** @throws CspError where this server does not serve the session */
  getLive(sessionId: string): Promise<unknown>;
  /** @throws CspError `state_conflict` where another server has the files of the session */
  serveFiles(sessionId: string): Promise<void>;
  /** Whether git reaches here what the repositories of the session borrow. */
  hasFiles(sessionId: string): boolean;
}

/** A repository by its folder in the workspace. */
interface Named {
  repository: string;
}

/**
 * What people do by hand with the repositories of a session: look, stage, commit, push, open a pull request. Everything but a look is in
 * the audit log before it begins, and refused while another one runs. Every method throws `not_found` for a session that the
 * actor may not see and for a repository that is not there; what changes something throws `permission_denied` for who may only look
 * and, where nothing confines what git runs, for who is no administrator,
 * and `state_conflict` for an archived session and for what git refuses.
 */
export interface SessionGit {
  /** The repositories that the session was given, and that which the workspace itself is. */
  list(actor: Actor, sessionId: string): Promise<GitRepositoryState[]>;
  /** @param given paths as `list` has them; null for all */
  stage(actor: Actor, sessionId: string, given: Named & { paths: string[] | null }): Promise<GitRepositoryState>;
  unstage(actor: Actor, sessionId: string, given: Named & { paths: string[] | null }): Promise<GitRepositoryState>;
  /** Commits what is staged, as the actor, with the agent as co-author. */
  commit(actor: Actor, sessionId: string, given: Named & { message: string }): Promise<GitCommitResult>;
  /** Pushes the branch, to where `push_branch` says unless a name is given, with the credential of the session's owner. */
  push(actor: Actor, sessionId: string, given: Named & { branch: string | undefined }): Promise<GitPushResult>;
  /** Opens a pull request of the pushed branch, or answers with the address of its form. GitHub only. */
  openPullRequest(
    actor: Actor,
    sessionId: string,
    given: Named & PullRequestText & { base: string | undefined },
  ): Promise<GitPullRequestResult>;
}

interface Opened extends KnownRepository {
  session: Session;
  tree: WorkTree;
}

export function createSessionGit({
  access,
  audit,
  workspaces,
  mounting,
  handGit,
  getLive,
  serveFiles,
  hasFiles,
  confines,
}: SessionGitDeps): SessionGit {
  /** Sessions in which somebody changes something now. */
  const busy = new Set<string>();

  const openAll = async (session: Session): Promise<Opened[]> => {
    if (handGit === undefined) return [];
    const { dirs } = workspaces.of(session.agentSessionId);
    const given = session.resources.filter(
      (each): each is RepositoryResource => 'url' in each && each.state === 'ready',
    );
    const known = given.map((resource) => ({ path: toRelativePath(resource), resource }));
    const folders: { path: string; resource: undefined }[] = [];
    // A folder in which the session works itself is the person's: they have git for it.
    for (const each of session.resources)
      if (each.type === 'local_folder' && each.mode !== 'direct' && each.state === 'ready')
        if (await hasRepository(dirs.workspace, toRelativePath(each)))
          folders.push({ path: toRelativePath(each), resource: undefined });
    const isOwn = [...known, ...folders].every(({ path }) => path !== '') && (await hasRepository(dirs.workspace, ''));
    return [...(isOwn ? [{ path: '', resource: undefined }] : []), ...known, ...folders].map((each) => ({
      ...{ ...each, session },
      tree: openWorkTree(handGit.sandboxGit, { workspace: dirs.workspace, lent: toLentDir(dirs), path: each.path }),
    }));
  };

  const describe = async (opened: Opened): Promise<GitRepositoryState> => {
    try {
      return describeRepository(opened, await opened.tree.read());
    } catch (error) {
      if (!(error instanceof CspError)) throw error;
      return { ...toEmptyState(opened), problem: error.message };
    }
  };

  /** Of sessions that somebody looks at now. */
  const looks = new Map<string, { run(): Promise<GitRepositoryState[] | Error>; session: Session; waiting: number }>();

  /** Whoever looks at the same moment looks at the same run: what the agent has configured may take as long as git may. */
  const lookAt = async (session: Session): Promise<GitRepositoryState[]> => {
    const look = looks.get(session.id) ?? { run: shareNextRun(() => readAll(session.id)), session, waiting: 0 };
    look.session = session;
    looks.set(session.id, look);
    look.waiting += 1;
    try {
      const seen = await look.run();
      if (seen instanceof Error) throw seen;
      return seen;
    } finally {
      look.waiting -= 1;
      if (look.waiting === 0) looks.delete(session.id);
    }
  };

  const readAll = async (sessionId: string): Promise<GitRepositoryState[] | Error> => {
    const session = looks.get(sessionId)?.session;
    try {
      return session === undefined ? [] : await Promise.all((await openAll(session)).map(describe));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };

  /** Does something with one repository, alone. */
  const change = async <T>(
    actor: Actor,
    sessionId: string,
    of: Named & { action: AuditAction; details: JsonObject },
    work: (opened: Opened) => Promise<T>,
  ): Promise<T> => {
    const { session, level } = await access.get(actor, 'session.change_files', sessionId);
    const refusal = confines ? undefined : findUnconfinedRefusal(actor, level);
    if (refusal !== undefined) throw new CspError('permission_denied', refusal);
    if (session.archivedAt !== null)
      throw new CspError('state_conflict', `Session ${sessionId} is archived. Unarchive it first`);
    if (busy.has(sessionId))
      throw new CspError('state_conflict', 'Somebody uses git in this session now. Try again in a moment');
    busy.add(sessionId);
    try {
      await serveFiles(sessionId);
      const opened = (await openAll(session)).find(({ path }) => path === of.repository);
      if (opened === undefined)
        throw new CspError('not_found', `There is no repository ${of.repository || 'in the folder of the workspace'}`);
      return await audit.during(toFact(actor, session, of), () => work(opened));
    } finally {
      busy.delete(sessionId);
    }
  };

  const stageOrNot = (which: 'stage' | 'unstage'): SessionGit['stage'] =>
    async function stage(actor, sessionId, { repository, paths }) {
      const details = { change: which, files: paths?.length ?? 'all' };
      return change(actor, sessionId, { repository, action: 'session.change_files', details }, async (opened) => {
        await opened.tree[which](paths);
        return describe(opened);
      });
    };

  return {
    async list(actor, sessionId) {
      const { session, level } = await access.get(actor, 'session.read', sessionId);
      const refusal = confines ? (hasFiles(sessionId) ? undefined : ELSEWHERE) : findUnconfinedRefusal(actor, level);
      if (refusal === undefined) return lookAt(session);
      return (await openAll(session)).map((opened) => ({ ...toEmptyState(opened), problem: refusal }));
    },
    stage: stageOrNot('stage'),
    unstage: stageOrNot('unstage'),
    async commit(actor, sessionId, { repository, message }) {
      return change(actor, sessionId, { repository, action: 'repository.commit', details: {} }, async (opened) => {
        const commit = await opened.tree.commit(withCoAuthor(message), { name: actor.name, email: actor.email });
        return { commit, repository: await describe(opened) };
      });
    },
    async push(actor, sessionId, { repository, branch: given }) {
      const details = { change: 'push', branch: given ?? 'default' };
      // The door writes the push itself into the log.
      return change(actor, sessionId, { repository, action: 'session.change_files', details }, async (opened) => {
        const branch = given ?? (await describe(opened)).push_branch;
        const { session } = opened;
        if (opened.resource === undefined || branch === null || handGit === undefined)
          throw new CspError(
            'state_conflict',
            'This repository was not given to the session, so it has no credential to push',
          );
        await getLive(sessionId);
        const { ownerId } = session;
        const { id: resourceId } = opened.resource;
        await opened.tree.push(branch, (push) =>
          handGit.openDoor({ sessionId, ownerId, handPush: { userId: actor.userId, resourceId, ...push } }),
        );
        return { branch, repository: await describe(opened) };
      });
    },
    async openPullRequest(actor, sessionId, { repository, title, body, base: givenBase }) {
      const details = { title };
      return change(actor, sessionId, { repository, action: 'repository.pull_request', details }, async (opened) => {
        const { resource, session } = opened;
        const github = resource && findGithub(parseRemote(resource.url), resource.type);
        const state = await describe(opened);
        const { branch, upstream } = state;
        const base = givenBase ?? state.default_branch;
        if (resource === undefined || github === undefined || handGit === undefined)
          throw new CspError('state_conflict', 'Pull requests can be opened for repositories at GitHub');
        if (branch === null || upstream === null || base === null || branch === base)
          throw new CspError('state_conflict', 'Push the commits to a branch of their own first');
        const form = toCompareUrl(github, { base, branch, text: { title, body } });
        const credential = await mounting.credentials.find(session, resource);
        if (credential === undefined) return { opened: false, url: form, number: null, problem: null };
        const outcome = await openPullRequest(
          (path, request) =>
            handGit.askApi(`${github.apiUrl}${path}`, { ...request, credential, signal: new AbortController().signal }),
          { ...{ owner: github.owner, branch, base }, title, body },
        );
        if (outcome.type === 'refused') return { opened: false, url: form, number: null, problem: outcome.problem };
        const { url, number } = outcome;
        const problem = outcome.type === 'exists' ? `There is a pull request of this branch already: #${number}` : null;
        return { opened: outcome.type === 'opened', url, number, problem };
      });
    },
  };
}

const ELSEWHERE = 'It is shown here as soon as the session works on this server: send a message';

function toFact(
  actor: Actor,
  { id, ownerId }: Session,
  { action, details, repository }: Named & { action: AuditAction; details: JsonObject },
): Fact {
  return {
    ...{ actor: toFactActor(actor), action, target: { type: 'session', id } },
    details: { ...details, repository: repository || '.', owner_id: ownerId, ...toKeyDetails(actor) },
  };
}

/** Whether the workspace itself, or a folder in it, is one. */
async function hasRepository(workspace: string, path: string): Promise<boolean> {
  try {
    await using opened = await openFolderPath(workspace, path);
    if (opened === undefined) return false;
    await using _ = await opened.folder.openFolder('.git');
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
