import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { Archive, ArchiveRestore, Ellipsis, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'wouter';

import { useServices } from '../../app/services.ts';
import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatAge } from '../../ui/format.ts';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { StatusGlyph } from '../status/status-glyph.tsx';
import { toSessionWord } from './group-sessions.ts';
import { ExportItems } from './export-items.tsx';
import { RenameForm } from './rename-form.tsx';

export interface SessionRowProps {
  session: SessionResource;
  current: boolean;
  now: number;
  onRemove: (session: SessionResource) => void;
}

/** A session in the sidebar. */
export const SessionRow = memo(function SessionRow({ session, current, now, onRemove }: SessionRowProps) {
  const { sessions } = useServices();
  const [renaming, setRenaming] = useState(false);
  const title = session.title ?? t.sessions.untitled;
  const word = toSessionWord(session);

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
        <span className="flex items-center gap-1.5 text-xs text-muted">
          <StatusGlyph name={word} size={12} />
          <span className={word === 'waiting' ? 'font-semibold text-warn' : undefined}>{t.sessions.words[word]}</span>
          <span aria-hidden>·</span>
          <span className="nums">{formatAge(session.updated_at, now)}</span>
        </span>
      </Link>
      <div className="absolute top-1/2 right-1 -translate-y-1/2 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-data-[state=open]:opacity-100 pointer-coarse:opacity-100">
        <Menu
          align="end"
          label={t.sessions.actions(title)}
          trigger={
            <IconButton size="small" label={t.sessions.actions(title)}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem icon={<Pencil size={14} />} onSelect={() => setRenaming(true)}>
            {t.sessions.rename}
          </MenuItem>
          <MenuItem
            icon={session.pinned_at === null ? <Pin size={14} /> : <PinOff size={14} />}
            onSelect={() =>
              void sessions.update(
                session.id,
                { pinned: session.pinned_at === null },
                session.pinned_at === null ? t.sessions.pin : t.sessions.unpin,
              )
            }
          >
            {session.pinned_at === null ? t.sessions.pin : t.sessions.unpin}
          </MenuItem>
          <MenuItem
            icon={session.archived_at === null ? <Archive size={14} /> : <ArchiveRestore size={14} />}
            onSelect={() => void sessions.archive(session.id, session.archived_at === null, t.sessions.archive)}
          >
            {session.archived_at === null ? t.sessions.archive : t.sessions.unarchive}
          </MenuItem>
          <MenuSeparator />
          <ExportItems sessionId={session.id} />
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onRemove(session)}>
            {t.sessions.remove}
          </MenuItem>
        </Menu>
      </div>
    </li>
  );
});
