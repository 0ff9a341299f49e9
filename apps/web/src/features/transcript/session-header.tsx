import { Ellipsis, GitBranch, Pencil, SlidersHorizontal } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { isDeleted } from '../../session/session-state.ts';
import { IconButton } from '../../ui/button.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { DemoBadge } from '../sessions/demo-badge.tsx';
import { PanelToggle } from '../panel/panel-toggle.tsx';
import { PresentPeople } from '../sharing/present-people.tsx';
import { LeaveDialog } from '../sessions/leave-dialog.tsx';
import { RemoveDialog } from '../sessions/remove-dialog.tsx';
import { RenameForm } from '../sessions/rename-form.tsx';
import { SessionActions } from '../sessions/session-actions.tsx';
import { allows, levelOf } from '../../services/session-level.ts';
import { useBranch } from '../../services/use-branch.ts';

const ShareDialog = lazy(() =>
  import('../sharing/share-dialog.tsx').then((module) => ({ default: module.ShareDialog })),
);

/** The session's name, with a badge if it is a demo. */
export function SessionHeader() {
  const { bootstrap, sessions } = useServices();
  const { drawerButton } = useShell();
  const session = useSessionStore();
  const sessionId = useSession((state) => state.sessionId);
  const told = useSession((state) => state.view.title);
  const resource = useSession((state) => state.resource);
  const known = useStore(sessions.store, (state) => state.byId.get(sessionId));
  const deleted = useSession(isDeleted);
  const shown = deleted ? null : (known ?? resource);
  const [renaming, setRenaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [sharing, setSharing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const mayManage = allows(levelOf(shown), 'manage');
  const [branchProblem, setBranchProblem] = useState<'nothing' | 'failed' | null>(null);
  const branch = useBranch();
  const [, navigate] = useLocation();
  const title = known?.title ?? told ?? resource?.title ?? t.sessions.untitled;
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
              if (known !== undefined) sessions.note({ ...known, title: next });
            }}
          />
        </div>
      ) : (
        <div className="group/title flex min-w-0 items-center gap-1">
          <h1 className="min-w-0 truncate font-semibold">{title}</h1>
          {mayManage && (
            <IconButton
              size="small"
              label={t.sessions.rename}
              onClick={() => setRenaming(true)}
              className="opacity-0 group-hover/title:opacity-100 focus-visible:opacity-100 max-md:hidden pointer-coarse:opacity-100"
            >
              <Pencil size={13} aria-hidden />
            </IconButton>
          )}
        </div>
      )}
      {bootstrap.demo && <DemoBadge />}
      <div className="ml-auto flex min-w-0 shrink-0 items-center gap-1">
        <PresentPeople />
        <PanelToggle />
        <Menu
          align="end"
          label={t.sessions.menu}
          renderTrigger={(props) => (
            <IconButton {...props} label={t.sessions.menu}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          )}
        >
          {shown !== null && (
            <SessionActions
              session={shown}
              onRename={() => setRenaming(true)}
              onRemove={() => setRemoving(true)}
              onShare={() => setSharing(true)}
              onLeave={() => setLeaving(true)}
            >
              <MenuItem icon={<GitBranch size={14} />} onSelect={() => void branch().then(setBranchProblem)}>
                {chat.transcript.branch}
              </MenuItem>
              <MenuItem
                icon={<SlidersHorizontal size={14} />}
                onSelect={() => navigate(`/sessions/${encodeURIComponent(sessionId)}/options`)}
              >
                {chat.transcript.options}
              </MenuItem>
            </SessionActions>
          )}
        </Menu>
      </div>
      {branchProblem !== null && (
        <p role="alert" className="order-last shrink-0 text-sm text-bad max-md:hidden">
          {branchProblem === 'nothing' ? chat.transcript.nothingToBranch : chat.transcript.branchFailed}
        </p>
      )}
      {sharing && (
        <Suspense>
          <ShareDialog session={shown} onClose={() => setSharing(false)} />
        </Suspense>
      )}
      <LeaveDialog session={leaving ? shown : null} onClose={() => setLeaving(false)} onLeaving={() => navigate('/')} />
      <RemoveDialog
        session={removing ? shown : null}
        onClose={() => setRemoving(false)}
        onRemoved={() => navigate('/')}
      />
    </header>
  );
}
