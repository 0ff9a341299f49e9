import type { GitRepositoryState } from '@claude-sdk-pattern/protocol';
import { useId, useState } from 'react';
import { Link } from 'wouter';

import { isPlaceholderAddress } from '../../services/placeholder-address.ts';
import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { g } from './git-messages.ts';
import { proposeMessage, toCommitted } from './propose-message.ts';
import type { Git } from './use-git.ts';

interface CommitFormProps {
  repository: GitRepositoryState;
  git: Git;
}

/** Commits what is ticked, or all, with a message that is proposed until a person writes one. */
export function CommitForm({ repository, git }: CommitFormProps) {
  const { api, announcer } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const title = useSession((state) => state.view.title);
  const [written, setWritten] = useState<string | null>(null);
  const id = useId();
  const { path, files } = repository;
  const committed = toCommitted(files);
  const isAll = files.every((file) => file.staged === null);
  const hasConflict = files.some((file) => file.unstaged === 'conflicted');
  const message = written ?? proposeMessage(title ?? null, committed);
  const submit = async () => {
    if (git.busy || hasConflict || message.trim() === '') return;
    const done = await git.act(
      async () => {
        if (isAll) await api.git.stage(sessionId, path, null);
        return api.git.commit(sessionId, path, message);
      },
      (result) => result.repository,
    );
    if (done === undefined) return;
    announcer.say(g.committed(done.commit));
    setWritten(null);
  };
  return (
    <form
      className="flex shrink-0 flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor={id} className="sr-only">
        {g.message}
      </label>
      <textarea
        id={id}
        value={message}
        rows={3}
        onChange={(event) => setWritten(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
        }}
        className="w-full resize-y rounded-sm border border-control bg-bg px-2 py-1.5 text-lg md:text-sm"
      />
      <Author />
      {hasConflict && <p className="text-sm text-warn">{g.conflicts}</p>}
      <Button
        type="submit"
        look="primary"
        size="small"
        busy={git.busy || hasConflict || message.trim() === ''}
        className="self-start"
      >
        {isAll ? g.commitAll : g.commit(committed.length)}
      </Button>
    </form>
  );
}

/** As whom a commit is made, which the git server and its readers see. */
function Author() {
  const { name, email } = useServices().bootstrap.user;
  return (
    <p className="text-xs wrap-anywhere text-muted">
      {isPlaceholderAddress(email) ? (
        <>
          {g.authorWithout(name)}{' '}
          <Link href="/settings" className="font-semibold text-accent underline">
            {g.giveAddress}
          </Link>
        </>
      ) : (
        g.author(name, email)
      )}
    </p>
  );
}
