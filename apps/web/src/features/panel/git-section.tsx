import type { GitRepositoryState } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronRight, GitBranch } from 'lucide-react';
import { useState } from 'react';

import { useDisclosure } from '../../ui/disclosure.ts';
import { CommitForm } from './commit-form.tsx';
import { g } from './git-messages.ts';
import { PushForm } from './push-form.tsx';
import { StagedFiles } from './staged-files.tsx';
import { useGit } from './use-git.ts';

/** The repositories of the session, to commit and push by hand. Nothing where there is none. */
export function GitSection({ revision }: { revision: number }) {
  const git = useGit(revision);
  const [chosen, setChosen] = useState('');
  const [open, setOpen] = useDisclosure('git-section', false);
  const all = git.repositories ?? [];
  const repository = all.find(({ path }) => path === chosen) ?? all[0];
  if (repository === undefined) return null;
  return (
    <section aria-label={g.region} className="flex max-h-[62%] shrink-0 flex-col border-t border-line bg-surface">
      <h3 className="shrink-0">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="tap flex min-h-10 w-full items-center gap-2 px-3 text-left text-sm outline-offset-[-2px] hover:bg-hover"
        >
          <ChevronRight
            size={14}
            aria-hidden
            className={clsx('shrink-0 text-muted transition-transform duration-120', open && 'rotate-90')}
          />
          <span className="font-semibold">{g.title}</span>
          <span className="flex min-w-0 items-center gap-1 text-muted">
            <GitBranch size={13} aria-hidden className="shrink-0" />
            <span className="truncate">{repository.branch ?? g.detached}</span>
          </span>
          <span className="nums ml-auto shrink-0 text-muted">{toSummary(repository)}</span>
        </button>
      </h3>
      {open && (
        <div className="flex min-h-0 flex-col gap-3 overflow-y-auto overscroll-contain px-3 pt-1 pb-3">
          {all.length > 1 && (
            <select
              aria-label={g.repository}
              value={repository.path}
              onChange={(event) => setChosen(event.target.value)}
              className="tap h-8 min-w-0 rounded-sm border border-control bg-bg px-2 text-sm"
            >
              {all.map(({ path }) => (
                <option key={path} value={path}>
                  {path === '' ? g.ownRepository : path}
                </option>
              ))}
            </select>
          )}
          {repository.problem === null ? (
            <>
              {repository.total > 0 && <StagedFiles {...{ repository, git }} />}
              {repository.total > 0 && <CommitForm key={repository.path} {...{ repository, git }} />}
              {repository.commit !== null && (
                <p className="text-sm wrap-anywhere text-muted">
                  {g.last(repository.commit.id, repository.commit.subject)}
                </p>
              )}
              <PushForm key={`push:${repository.path}`} {...{ repository, git }} />
            </>
          ) : (
            <p className="text-sm wrap-anywhere text-bad">{`${g.failed} ${repository.problem}`}</p>
          )}
          {git.problem !== null && (
            <p role="alert" className="text-sm wrap-anywhere text-bad">
              {git.problem.message}
            </p>
          )}
        </div>
      )}
    </section>
  );
}

function toSummary({ total, ahead, upstream, commit, push_branch: target }: GitRepositoryState): string {
  const parts = [
    ...(total > 0 ? [g.files(total)] : []),
    ...((ahead ?? 0) > 0 ? [g.toPush(ahead ?? 0)] : []),
    ...(upstream === null && commit !== null && target !== null ? [g.notFollowed] : []),
  ];
  return parts.length > 0 ? parts.join(' · ') : g.none;
}
