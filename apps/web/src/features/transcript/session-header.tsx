import { Ellipsis, Pencil } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../app/services.ts';
import { useShell } from '../../app/shell-context.ts';
import { t } from '../../messages/index.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { DemoBadge } from '../sessions/demo-badge.tsx';
import { PanelToggle } from '../panel/panel-toggle.tsx';
import { ExportItems } from '../sessions/export-items.tsx';
import { RenameForm } from '../sessions/rename-form.tsx';

/** The session's name, and whether it is a demo. */
export function SessionHeader() {
  const { bootstrap, sessions } = useServices();
  const { drawerButton } = useShell();
  const session = useSessionStore();
  const sessionId = useSession((state) => state.sessionId);
  const told = useSession((state) => state.view.title);
  const ofResource = useSession((state) => state.resource?.title);
  const listed = useStore(sessions.store, (state) => state.byId.get(sessionId)?.title);
  const [renaming, setRenaming] = useState(false);
  const title = listed ?? told ?? ofResource ?? t.sessions.untitled;
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-2 md:px-4">
      {drawerButton}
      {renaming ? (
        <div className="w-full max-w-md">
          <RenameForm
            title={title}
            onDone={(next) => {
              setRenaming(false);
              if (next === null) return;
              void session.update({ title: next });
              const known = sessions.store.getState().byId.get(sessionId);
              if (known !== undefined) sessions.note({ ...known, title: next });
            }}
          />
        </div>
      ) : (
        <div className="group/title flex min-w-0 items-center gap-1">
          <h1 className="min-w-0 truncate font-semibold">{title}</h1>
          <IconButton
            size="small"
            label={t.sessions.rename}
            onClick={() => setRenaming(true)}
            className="opacity-0 group-hover/title:opacity-100 focus-visible:opacity-100 max-md:hidden pointer-coarse:opacity-100"
          >
            <Pencil size={13} aria-hidden />
          </IconButton>
        </div>
      )}
      {bootstrap.demo && <DemoBadge />}
      <div className="ml-auto flex shrink-0 items-center">
        <PanelToggle />
        <Menu
          align="end"
          label={t.sessions.menu}
          trigger={
            <IconButton label={t.sessions.menu}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem icon={<Pencil size={14} aria-hidden />} onSelect={() => setRenaming(true)}>
            {t.sessions.rename}
          </MenuItem>
          <MenuSeparator />
          <ExportItems sessionId={sessionId} />
        </Menu>
      </div>
    </header>
  );
}
