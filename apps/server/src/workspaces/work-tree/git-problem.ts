import { CspError } from '@claude-sdk-pattern/protocol';

import { toGitError, type GitOutcome } from '../git/run-git.ts';

/** What of the words of git, or of the git server, is passed on. */
const MAX_SAID_CHARS = 600;

/** Why git did not do what a person asked for, with what to do. Texts of git 2.39, in English. */
export function toGitProblem(command: string, outcome: Exclude<GitOutcome, { ok: true }>): CspError {
  const said = `${outcome.stdout.toString()}\n${outcome.stderr}`;
  const found = PROBLEMS.find(({ pattern }) => pattern.test(said));
  if (found === undefined) {
    const text = listRemarks(said);
    if (outcome.reason !== 'exit' || text === '') return toGitError([command], outcome);
    return new CspError('state_conflict', `git ${command} failed: ${text}`);
  }
  const { problem, message } = found;
  return new CspError('state_conflict', message(listRemarks(said)), { details: { git_problem: problem } });
}

const PROBLEMS: readonly { problem: string; pattern: RegExp; message(said: string): string }[] = [
  {
    problem: 'busy',
    pattern: /Unable to create '.*\.lock': File exists|cannot lock ref/,
    message: () => 'Another git command, maybe the agent’s, is at work in this repository. Try again when it has ended',
  },
  {
    problem: 'non_fast_forward',
    pattern: /\[rejected\] \((?:non-fast-forward|fetch first|stale info)\)/,
    message: () =>
      'The branch at the git server has commits that this repository lacks. Ask the agent to pull and merge them, or push to another branch',
  },
  {
    problem: 'refused',
    pattern: /\[remote rejected\]/,
    message: (said) => `The git server refused the branch: ${said}`,
  },
  {
    problem: 'no_permission',
    pattern: /returned error: 40[134]|Authentication failed/,
    message: (said) => said || 'The git server refused the push',
  },
  {
    problem: 'unreachable',
    pattern: /unable to access|Could not resolve host|the remote end hung up/,
    message: (said) => `The git server could not be reached. ${said}`.trim(),
  },
  {
    problem: 'branch_exists',
    pattern: /a branch named '.*' already exists/,
    message: () => 'There is a branch of this name already. Choose another name',
  },
  {
    problem: 'nothing',
    pattern: /nothing (?:added )?to commit|no changes added to commit/,
    message: () => 'Nothing is staged, so there is nothing to commit. Stage files first',
  },
  {
    problem: 'conflicted',
    pattern: /unmerged files|you have not concluded|unresolved conflict/i,
    message: () => 'Files have conflicts. Resolve them, stage them, then commit',
  },
  {
    problem: 'no_path',
    pattern: /pathspec '.*' did not match any file/,
    message: () => 'A file is not there any more. Look at the list again',
  },
  {
    problem: 'no_repository',
    pattern: /not a git repository/,
    message: () => 'There is no git repository any more. The agent may have removed it',
  },
];

/** What the git server said, else the errors of git. */
function listRemarks(said: string): string {
  const lines = said.split('\n').map((line) => line.replaceAll(/\p{Cc}/gu, ' ').trim());
  const remote = lines.filter((line) => line.startsWith('remote:')).map((line) => line.slice('remote:'.length).trim());
  const rejected = lines.flatMap((line) => /\[remote rejected\] \((.*)\)$/.exec(line)?.[1] ?? []);
  const errors = lines.flatMap((line) => /^(?:fatal|error): (.*)$/.exec(line)?.[1] ?? []);
  const own = [...remote, ...rejected].filter((line) => line !== '');
  return (own.length > 0 ? own : errors).join(' ').slice(0, MAX_SAID_CHARS);
}
