import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { Ellipsis, Pin, Users } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatAge } from '../../ui/format.ts';
import { describeWord, levelOf, mayAnswer } from '../../services/session-level.ts';
import { Menu } from '../../ui/menu.tsx';
import { StatusGlyph } from '../status/status-glyph.tsx';
import { toSessionWord } from '../../session/session-word.ts';
import { RenameForm } from './rename-form.tsx';
import { SessionActions } from './session-actions.tsx';

export interface SessionRowProps {
  session: SessionResource;
  current: boolean;
  now: number;
  onRemove: (session: SessionResource) => void;
  onShare: (session: SessionResource) => void;
  onLeave: (session: SessionResource) => void;
  onMenu: (open: boolean) => void;
}

/** A session in the sidebar. */
export const SessionRow = memo(function SessionRow({
  session,
  current,
  now,
  onRemove,
  onShare,
  onLeave,
  onMenu,
}: SessionRowProps) {
  const { sessions } = useServices();
  const [renaming, setRenaming] = useState(false);
  const title = session.title ?? t.sessions.untitled;
  const word = toSessionWord(session);
  const elsewhere = useStore(sessions.store, (state) => state.elsewhere.get(session.id));
  const waits = mayAnswer(session) && elsewhere === undefined;
  const sharing = describeSharing(session);

  if (renaming) {
    return (
      <li className="px-2 py-1">
        <RenameForm
          title={session.title ?? ''}
          onDone={(next) => {
            setRenaming(false);
            if (next !== null) void sessions.update(session.id, { title: next }, t.sessions.rename);
          }}
        />
      </li>
    );
  }
  return (
    <li className="group relative">
      <Link
        href={`/sessions/${session.id}`}
        aria-current={current ? 'page' : undefined}
        className={clsx(
          'tap flex flex-col justify-center rounded-sm py-1.5 pr-9 pl-2.5 no-underline transition-colors duration-120',
          current ? 'bg-accent-soft' : 'hover:bg-hover',
        )}
      >
        <span className={clsx('truncate', current && 'font-semibold')}>
          {session.pinned_at !== null && (
            <Pin size={11} className="mr-1 inline -translate-y-px text-muted" aria-label={t.sessions.groups.pinned} />
          )}
          {title}
        </span>
        <span className="flex items-center gap-1.5 text-xs whitespace-nowrap text-muted">
          <StatusGlyph name={word} size={12} />
          <span className={clsx('min-w-0 truncate', waits && 'font-semibold text-warn')}>
            {describeWord(word, levelOf(session), elsewhere)}
          </span>
          <span aria-hidden>·</span>
          <span className="nums">{formatAge(session.updated_at, now)}</span>
          {sharing !== null && (
            <span className="flex items-center" title={sharing}>
              <Users size={12} aria-hidden />
              <span className="sr-only">{sharing}</span>
            </span>
          )}
        </span>
      </Link>
      <div
        className={clsx(
          'absolute top-1/2 right-1 -translate-y-1/2 group-focus-within:opacity-100 group-hover:opacity-100 has-data-[state=open]:opacity-100 pointer-coarse:opacity-100',
          // The menu button of the open session is always visible, so that people see that rows have a menu.
          !current && 'opacity-0',
        )}
      >
        <Menu
          align="end"
          label={t.sessions.actions(title)}
          onOpenChange={onMenu}
          renderTrigger={(props) => (
            <IconButton {...props} size="small" label={t.sessions.actions(title)}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          )}
        >
          <SessionActions
            session={session}
            onRename={() => setRenaming(true)}
            onRemove={() => onRemove(session)}
            onShare={() => onShare(session)}
            onLeave={() => onLeave(session)}
          />
        </Menu>
      </div>
    </li>
  );
});

/** Whose the session is, or with how many people the user shares it; null for one that only they have. */
function describeSharing({ shared, share_count: count = 0 }: SessionResource): string | null {
  if (shared !== undefined) return t.sharing.by(shared.owner.name);
  return count > 0 ? t.sharing.withPeople(count) : null;
}
