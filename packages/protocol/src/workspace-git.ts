/** What differs of one file: in the index against the last commit, or on disk against the index. */
export type GitFileStatus = 'added' | 'modified' | 'deleted' | 'renamed';

export interface GitFile {
  /** Relative to the repository, with `/`; a folder of untracked files ends with one. In quotes with bytes in octal where it is not UTF-8. */
  path: string;
  /** Where it was, of one that was moved. */
  previous_path: string | null;
  /** What the next commit changes of it. */
  staged: GitFileStatus | null;
  /** What the next commit leaves out. */
  unstaged: GitFileStatus | 'untracked' | 'conflicted' | null;
}

/** A repository in the workspace of a session, as it is now. */
export interface GitRepositoryState {
  /** Of its folder in the workspace; empty for the workspace itself. */
  path: string;
  /** Null for one that the session was not given: it can be committed to, and not pushed. */
  remote_url: string | null;
  /** Null where HEAD is detached. */
  branch: string | null;
  /** The last one; null before the first. */
  commit: { id: string; subject: string } | null;
  /** Such as `origin/main`; null where the branch follows none. */
  upstream: string | null;
  /** Commits that the upstream lacks, and that the branch lacks, as last fetched; null without an upstream. */
  ahead: number | null;
  behind: number | null;
  /** The first ones, by path. */
  files: GitFile[];
  /** How many there are. */
  total: number;
  /** Where a push without a name goes: the branch, or a new one in place of the default branch. Null where it cannot be pushed. */
  push_branch: string | null;
  /** The branch that a pull request would go into; null where it is not known. */
  default_branch: string | null;
  /** Where a browser compares the pushed branch with the default branch, at GitHub; null elsewhere, and before a push. */
  compare_url: string | null;
  /** Why it cannot be read, as a sentence; then the rest is empty. */
  problem: string | null;
}

/** GET /api/v1/sessions/{id}/workspace/git */
export interface GitRepositoryStateList {
  data: GitRepositoryState[];
}

/** POST /api/v1/sessions/{id}/workspace/git/commit */
export interface GitCommitResult {
  /** Its id. */
  commit: string;
  repository: GitRepositoryState;
}

/** POST /api/v1/sessions/{id}/workspace/git/push */
export interface GitPushResult {
  /** At the git server. */
  branch: string;
  repository: GitRepositoryState;
}

/** POST /api/v1/sessions/{id}/workspace/git/pull_request */
export interface GitPullRequestResult {
  /** Whether it was opened. Else `url` leads to a form with its title and text. */
  opened: boolean;
  url: string;
  number: number | null;
  /** Why it was not opened, as a sentence. */
  problem: string | null;
}
