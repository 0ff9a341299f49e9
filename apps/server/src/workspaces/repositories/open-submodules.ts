import type { RepositorySubmodule } from '@claude-sdk-pattern/protocol/v1';

import type { ServerGit } from '../git/run-git.ts';
import type { Credential } from './credential.ts';
import { listSubmodules } from './list-submodules.ts';
import type { Remote } from './remote.ts';
import { describeRepositoryError } from './repository-error.ts';

/** What serves for the repository of a submodule. */
export type FindAccess = (remote: Remote) => Promise<{ credential: Credential | undefined; scope: string }>;

/** A repository whose submodules are to be opened. */
interface Parent {
  /** Of its mirror. */
  gitDir: string;
  remote: Remote;
  commit: string;
  /** In the repository that the session was given; empty for that itself. */
  path: string;
}

export interface OpenSubmodulesOptions {
  git: ServerGit;
  findAccess: FindAccess;
  /** Opens one where it belongs. @param count of those before it */
  openOne(
    submodule: { remote: Remote; commit: string; path: string },
    access: Awaited<ReturnType<FindAccess>>,
    count: number,
  ): Promise<{ gitDir: string }>;
}

/** All submodules of one repository, with those of submodules. */
const MAX_COUNT = 32;
/** A submodule of the repository itself has 1. */
const MAX_DEPTH = 4;

/** Opens the submodules of a repository, and theirs, one after the other. What cannot be opened is told with its reason. Never rejects for one of them. */
export async function openSubmodules(parent: Parent, options: OpenSubmodulesOptions): Promise<RepositorySubmodule[]> {
  const opened: RepositorySubmodule[] = [];
  const waiting = [{ ...parent, depth: 1 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const { path: inner, commit, from } of await listSubmodules(options.git, next)) {
      const path = next.path === '' ? inner : `${next.path}/${inner}`;
      if (opened.length >= MAX_COUNT) {
        opened.push({ path, url: null, commit, problem: `a repository opens ${MAX_COUNT} submodules at most` });
        return opened;
      }
      if ('problem' in from) {
        opened.push({ path, url: from.url, commit, problem: from.problem });
        continue;
      }
      const { remote } = from;
      const told = { path, url: remote.url, commit };
      if (next.depth > MAX_DEPTH) {
        opened.push({ ...told, problem: `submodules are opened ${MAX_DEPTH} deep at most` });
        continue;
      }
      try {
        const access = await options.findAccess(remote);
        const { gitDir } = await options.openOne({ remote, commit, path }, access, opened.length);
        opened.push({ ...told, problem: null });
        waiting.push({ gitDir, remote, commit, path, depth: next.depth + 1 });
      } catch (error) {
        opened.push({ ...told, problem: describeRepositoryError(error).message });
      }
    }
  }
  return opened;
}

/** Names what is lent for a submodule in the folders of the session. @param index in the list of the submodules */
export function toSubmoduleId(resourceId: string, index: number): string {
  return `${resourceId}-${index}`;
}
