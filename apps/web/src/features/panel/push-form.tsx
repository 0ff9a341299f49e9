import type { GitPullRequestResult, GitRepositoryState } from '@claude-sdk-pattern/protocol';
import { useId, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { g } from './git-messages.ts';
import type { Git } from './use-git.ts';

interface PushFormProps {
  repository: GitRepositoryState;
  git: Git;
}

/** Pushes the commits, to a branch of their own unless told otherwise, and leads to a pull request. */
export function PushForm({ repository, git }: PushFormProps) {
  const { api, announcer } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [written, setWritten] = useState<string | null>(null);
  const [pushed, setPushed] = useState<string | null>(null);
  const id = useId();
  const { path, ahead, behind, upstream, commit, branch, push_branch: proposed } = repository;
  if (proposed === null) return commit === null ? null : <p className="text-sm text-muted">{g.notGiven}</p>;
  const target = written ?? proposed;
  const hasCommits = commit !== null && (upstream === null || (ahead ?? 0) > 0);
  const push = async () => {
    if (git.busy || target.trim() === '') return;
    const done = await git.act(
      () => api.git.push(sessionId, path, target.trim()),
      (result) => result.repository,
    );
    if (done === undefined) return;
    announcer.say(g.pushed(done.branch));
    setPushed(done.branch);
    setWritten(null);
  };
  return (
    <div className="flex shrink-0 flex-col gap-2 text-sm">
      {upstream !== null && (behind ?? 0) > 0 && <p className="text-warn">{g.behind(behind ?? 0, upstream)}</p>}
      {hasCommits ? (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void push();
          }}
        >
          <div className="min-w-40 flex-1">
            <label htmlFor={id} className="mb-1 block text-xs font-semibold">
              {g.branch}
            </label>
            <input
              id={id}
              value={target}
              spellCheck={false}
              autoCapitalize="none"
              onChange={(event) => setWritten(event.target.value)}
              className="tap h-7 w-full rounded-sm border border-control bg-bg px-2 text-lg md:text-sm"
            />
          </div>
          <Button type="submit" size="small" busy={git.busy || target.trim() === ''}>
            {g.push}
          </Button>
          {branch !== null && target !== branch && <p className="w-full text-muted">{g.newBranch(branch)}</p>}
        </form>
      ) : (
        commit !== null && (
          <p className="wrap-anywhere text-muted">{pushed === null ? g.allPushed : g.pushed(pushed)}</p>
        )
      )}
      {repository.compare_url !== null && <PullRequest {...{ repository, git }} />}
    </div>
  );
}

function PullRequest({ repository, git }: PushFormProps) {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const sessionTitle = useSession((state) => state.view.title);
  const [result, setResult] = useState<GitPullRequestResult | null>(null);
  const subject = repository.commit?.subject ?? '';
  const title = (sessionTitle ?? '').trim() || subject || (repository.branch ?? '');
  const open = async () => {
    if (git.busy) return;
    const done = await git.act(
      () => api.git.openPullRequest(sessionId, repository.path, { title, body: title === subject ? '' : subject }),
      () => null,
    );
    if (done !== undefined) setResult(done);
  };
  if (result === null)
    return (
      <Button size="small" className="self-start" busy={git.busy} onClick={() => void open()}>
        {g.openPull}
      </Button>
    );
  const text =
    result.opened && result.number !== null
      ? g.pullOpened(result.number)
      : result.problem === null
        ? g.pullForm
        : `${result.problem}.`;
  return (
    <p role="status" className="wrap-anywhere">
      {text}{' '}
      <a href={result.url} target="_blank" rel="noreferrer" className="font-semibold text-accent underline">
        {result.number === null ? g.goToForm : g.goToPull}
      </a>
    </p>
  );
}
