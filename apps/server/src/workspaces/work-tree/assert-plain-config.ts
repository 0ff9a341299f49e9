import { CspError } from '@claude-sdk-pattern/protocol';

import type { GitOutcome } from '../git/run-git.ts';
import { toGitProblem } from './git-problem.ts';

/** Settings that have git run nothing, and those that `git-environment.ts` sets in their place. As git writes their names. */
const PLAIN = [
  /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|sparsecheckout(?:cone)?|ignorecase|precomposeunicode)$/,
  /^core\.(?:symlinks|quotepath|autocrlf|eol|safecrlf|abbrev|commentchar|hookspath|fsmonitor|pager|editor)$/,
  /^remote\.[^]+\.(?:url|pushurl|fetch|vcs|tagopt|prune)$/,
  /^branch\.[^]+\.(?:remote|pushremote|merge|rebase|description)$/,
  /^submodule\.(?:[^]+\.)?(?:url|active)$/,
  /^(?:user\.(?:name|email)|init\.defaultbranch|pull\.(?:rebase|ff)|push\.(?:default|autosetupremote|pushoption|gpgsign)|commit\.gpgsign|extensions\.objectformat)$/,
];

/**
 * Refuses a repository whose settings, which an agent can write, may have git run a program: for where nothing confines that.
 * @param listed Of `git config --list --name-only -z`
 * @throws CspError `state_conflict` that names the setting
 */
export function assertPlainConfig(listed: GitOutcome): void {
  if (!listed.ok) throw toGitProblem('config', listed);
  const names = listed.stdout.toString().split('\0');
  const other = names.find((name) => name !== '' && !PLAIN.some((pattern) => pattern.test(name)));
  if (other === undefined) return;
  const shown = other.replaceAll(/[^ -~]/g, '?').slice(0, 100);
  throw new CspError(
    'state_conflict',
    `The repository has the setting ${shown}, by which git may run programs, and nothing confines them on this server. Take it out by git config --unset-all, or use git in the session`,
    { details: { git_problem: 'unconfined' } },
  );
}
