import type { GitRepositoryState } from '@claude-sdk-pattern/protocol';
import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';

import type { Session } from '../store/sessions.ts';
import { findGithub, toCompareUrl } from '../workspaces/repositories/github.ts';
import { parseRemote } from '../workspaces/repositories/remote.ts';
import type { WorkTreeRead } from '../workspaces/work-tree/work-tree.ts';

export interface KnownRepository {
  /** Of its folder in the workspace. */
  path: string;
  /** Undefined for one that the session was not given. */
  resource: RepositoryResource | undefined;
  session: Pick<Session, 'id' | 'title'>;
}

/** More names are not shown, and make no answer longer. */
const MAX_FILES = 1000;
const MAX_SLUG_CHARS = 40;
/** As Claude Code writes it. */
const CO_AUTHOR = 'Co-Authored-By: Claude <noreply@anthropic.com>';

/** A repository as people see it. */
export function describeRepository(known: KnownRepository, read: WorkTreeRead): GitRepositoryState {
  const { files, commit, subject, branch, upstream, ahead, behind } = read;
  const { resource } = known;
  const defaultBranch = resource === undefined ? null : findDefaultBranch(resource, read);
  const state = toEmptyState(known);
  const github = resource && findGithub(parseRemote(resource.url), resource.type);
  const isApart = branch !== null && upstream !== null && defaultBranch !== null && branch !== defaultBranch;
  return {
    ...{ ...state, branch, upstream, ahead, behind, default_branch: defaultBranch },
    commit: commit === null ? null : { id: commit, subject: subject ?? '' },
    ...{ files: files.slice(0, MAX_FILES), total: files.length },
    push_branch: resource === undefined ? null : choosePushBranch(known, branch, defaultBranch),
    compare_url: github && isApart ? toCompareUrl(github, { base: defaultBranch, branch }) : null,
  };
}

/** One that cannot be read. */
export function toEmptyState({ path, resource }: Pick<KnownRepository, 'path' | 'resource'>): GitRepositoryState {
  return {
    ...{
      path,
      remote_url: resource?.url ?? null,
      branch: null,
      commit: null,
      upstream: null,
      ahead: null,
      behind: null,
    },
    ...{ files: [], total: 0, push_branch: null, default_branch: null, compare_url: null, problem: null },
  };
}

/** The agent is named in each commit that is made here, unless the message does so already. */
export function withCoAuthor(message: string): string {
  const text = message.trimEnd();
  if (/^co-authored-by: claude\b/im.test(text)) return `${text}\n`;
  const isTrailer = /\n\n(?:[\w-]+: .+\n?)+$/.test(`${text}\n`);
  return `${text}${isTrailer ? '\n' : '\n\n'}${CO_AUTHOR}\n`;
}

/** What was checked out where nothing was asked for, else one of the usual names. */
function findDefaultBranch({ checkout, branch }: RepositoryResource, { origins }: WorkTreeRead): string | null {
  if (checkout === null && branch !== null) return branch;
  return ['main', 'master'].find((name) => origins.includes(name)) ?? null;
}

/** The branch itself; a new one in place of the default branch, which people seldom mean to push to. */
function choosePushBranch(
  { session: { id, title } }: KnownRepository,
  branch: string | null,
  defaultBranch: string | null,
): string {
  if (branch !== null && branch !== defaultBranch) return branch;
  const slug = (title ?? '')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_CHARS)
    .replaceAll(/^-+|-+$/g, '');
  return `agent/${slug || 'changes'}-${id.slice(-6).toLowerCase()}`;
}
