import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { Archive, ArchiveRestore, LogOut, Pencil, Pin, PinOff, Trash2, UserPlus } from 'lucide-react';
import type { ReactNode } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { allows, levelOf } from '../../services/session-level.ts';
import { MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { ExportItems } from './export-items.tsx';

export interface SessionActionsProps {
  session: SessionResource;
  onRename: () => void;
  onRemove: () => void;
  onShare: () => void;
  onLeave: () => void;
  /** More menu items, after the rename item. */
  children?: ReactNode;
}

/** The menu of a session's actions, the same in the list and in the session's header. */
export function SessionActions({ session, onRename, onRemove, onShare, onLeave, children }: SessionActionsProps) {
  const { sessions } = useServices();
  const pinned = session.pinned_at !== null;
  const archived = session.archived_at !== null;
  const pin = pinned ? t.sessions.unpin : t.sessions.pin;
  const archive = archived ? t.sessions.unarchive : t.sessions.archive;
  const leave = (
    <MenuItem icon={<LogOut size={14} />} onSelect={onLeave}>
      {t.sharing.leave}
    </MenuItem>
  );
  // Whoever may only view or drive changes nothing about the session itself.
  if (!allows(levelOf(session), 'manage')) {
    return (
      <>
        {children}
        <ExportItems sessionId={session.id} />
        <MenuSeparator />
        {leave}
      </>
    );
  }
  return (
    <>
      <MenuItem icon={<Pencil size={14} />} onSelect={onRename}>
        {t.sessions.rename}
      </MenuItem>
      <MenuItem icon={<UserPlus size={14} />} onSelect={onShare}>
        {t.sharing.menu}
      </MenuItem>
      {children}
      <MenuItem
        icon={pinned ? <PinOff size={14} /> : <Pin size={14} />}
        onSelect={() => void sessions.update(session.id, { pinned: !pinned }, pin)}
      >
        {pin}
      </MenuItem>
      <MenuItem
        icon={archived ? <ArchiveRestore size={14} /> : <Archive size={14} />}
        onSelect={() => void sessions.archive(session.id, !archived, archive)}
      >
        {archive}
      </MenuItem>
      <MenuSeparator />
      <ExportItems sessionId={session.id} />
      <MenuSeparator />
      {session.shared !== undefined && leave}
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={onRemove}>
        {t.sessions.remove}
      </MenuItem>
    </>
  );
}
