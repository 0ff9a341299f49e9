import type {
  GitCommitResult,
  GitPullRequestResult,
  GitPushResult,
  GitRepositoryState,
  GitRepositoryStateList,
} from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** The repositories in the workspace of a session, as people use them by hand; each by its folder. */
export interface GitApi {
  list: (sessionId: string, signal: AbortSignal) => Promise<GitRepositoryStateList>;
  /** @param paths null for all */
  stage: (sessionId: string, repository: string, paths: readonly string[] | null) => Promise<GitRepositoryState>;
  unstage: (sessionId: string, repository: string, paths: readonly string[] | null) => Promise<GitRepositoryState>;
  commit: (sessionId: string, repository: string, message: string) => Promise<GitCommitResult>;
  push: (sessionId: string, repository: string, branch: string) => Promise<GitPushResult>;
  openPullRequest: (
    sessionId: string,
    repository: string,
    text: { title: string; body: string },
  ) => Promise<GitPullRequestResult>;
}

export function createGitApi({ json, look }: Pick<Requests, 'json' | 'look'>): GitApi {
  const at = (sessionId: string, what = '') =>
    `/api/v1/sessions/${encodeURIComponent(sessionId)}/workspace/git${what === '' ? '' : `/${what}`}`;
  return {
    list: (id, signal) => look(at(id), signal),
    stage: (id, repository, paths) => json('POST', at(id, 'stage'), { repository, paths }),
    unstage: (id, repository, paths) => json('POST', at(id, 'unstage'), { repository, paths }),
    commit: (id, repository, message) => json('POST', at(id, 'commit'), { repository, message }),
    push: (id, repository, branch) => json('POST', at(id, 'push'), { repository, branch }),
    openPullRequest: (id, repository, text) => json('POST', at(id, 'pull_request'), { repository, ...text }),
  };
}
