import type { InvitationResource, UserResource } from '@claude-sdk-pattern/protocol';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { ChangePersonDialog } from './change-person-dialog.tsx';
import { InvitationDialog } from './invitation-dialog.tsx';
import { NewPersonDialog } from './new-person-dialog.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { describeRoleChange } from './describe-role-change.ts';
import { t } from './people-messages.ts';
import { PersonRow, type PersonAction } from './person-row.tsx';
import { RemovePersonDialog } from './remove-person-dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { usePeople } from './use-people.ts';

type Open =
  | { dialog: 'add' }
  | { dialog: 'change' | 'lock' | 'remove'; user: UserResource }
  | { dialog: 'role'; user: UserResource; role: UserResource['role']; isYou: boolean }
  | { dialog: 'link'; user: UserResource; invitation: InvitationResource };

/**
 * The accounts of the server: administrators manage them, operators see them.
 *
 * Over 100 lines: the table and its dialogs share the accounts.
 */
export function PeoplePage() {
  const { api, announcer, bootstrap } = useServices();
  const people = usePeople();
  const [open, setOpen] = useState<Open | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const mayChange = bootstrap.user.role === 'admin';
  const administrators = (people.list ?? []).filter(
    ({ role, status }) => role === 'admin' && status === 'active',
  ).length;

  /** Shows why the server refused, where it did. */
  const attempt = async (work: () => Promise<void>) => {
    setOpen(null);
    setFailure(null);
    await work().catch((error: unknown) => setFailure(toProblem(error)));
  };
  const change = (user: UserResource, changes: Parameters<typeof api.updateUser>[1], done: string) =>
    attempt(async () => {
      people.put(await api.updateUser(user.id, changes));
      announcer.say(done);
    });
  const setRole = (user: UserResource, role: UserResource['role']) =>
    change(user, { role }, t.done.role(user.name, t.roles[role]));
  const invite = (user: UserResource) =>
    attempt(async () => {
      const invitation = await api.inviteUser(user.id);
      if (user.invited_until !== null) people.put({ ...user, invited_until: invitation.expires_at });
      setOpen({ dialog: 'link', user, invitation });
    });
  const act = (user: UserResource, action: PersonAction) => {
    if (action === 'invite') void invite(user);
    else if (action === 'unlock') void change(user, { status: 'active' }, t.done.unlock(user.name));
    else setOpen({ dialog: action, user });
  };
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader
        title={t.title}
        actions={
          mayChange && (
            <Button size="small" onClick={() => setOpen({ dialog: 'add' })}>
              <UserPlus size={14} aria-hidden />
              {t.add}
            </Button>
          )
        }
      />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        {mayChange && <p className="text-sm text-muted">{t.lead}</p>}
        {!mayChange && people.problem === null && <p className="text-muted">{t.onlyAdministrators}</p>}
        {failure !== null && <Trouble text="" problem={failure} />}
        {people.problem !== null && (
          <Trouble
            text={people.problem.kind === 'denied' ? t.onlyOperators : t.failed}
            problem={people.problem.kind === 'denied' ? null : people.problem}
            onRetry={people.reload}
          />
        )}
        {people.list !== null && (
          <ul className="rounded-md border border-line bg-raised">
            {people.list.map((user) => (
              <PersonRow
                key={user.id}
                user={user}
                isYou={user.id === bootstrap.user.id}
                mayChange={mayChange}
                isOnlyAdministrator={user.role === 'admin' && administrators === 1 && !people.hasMore}
                onRole={(role) => setOpen({ dialog: 'role', user, role, isYou: user.id === bootstrap.user.id })}
                onAction={(action) => act(user, action)}
              />
            ))}
          </ul>
        )}
        {people.hasMore && (
          <Button className="self-center" onClick={people.loadMore}>
            {t.more}
          </Button>
        )}
        {people.list === null && people.problem === null && (
          <p role="status" className="sr-only">
            {t.loading}
          </p>
        )}
      </div>
      {open !== null && (
        <PeopleDialog
          open={open}
          others={(people.list ?? []).filter((each) => each.status === 'active')}
          onClose={() => setOpen(null)}
          onMade={(user, invitation) => {
            people.put(user);
            setOpen({ dialog: 'link', user, invitation });
          }}
          onChanged={(user) => {
            people.put(user);
            setOpen(null);
            announcer.say(t.done.change(user.name));
          }}
          onLock={(user) => void change(user, { status: 'locked' }, t.done.lock(user.name))}
          onRole={(user, role) => void setRole(user, role)}
          onRemove={(user, transferTo) =>
            void attempt(async () => {
              await api.deleteUser(user.id, transferTo);
              people.drop(user.id);
              announcer.say(t.done.remove(user.name));
            })
          }
        />
      )}
    </div>
  );
}

interface PeopleDialogProps {
  open: Open;
  /** Who could take over what a deleted account owns. */
  others: readonly UserResource[];
  onClose: () => void;
  onMade: (user: UserResource, invitation: InvitationResource) => void;
  onChanged: (user: UserResource) => void;
  onLock: (user: UserResource) => void;
  onRole: (user: UserResource, role: UserResource['role']) => void;
  onRemove: (user: UserResource, transferTo: string | null) => void;
}

function PeopleDialog({ open, others, onClose, onMade, onChanged, onLock, onRole, onRemove }: PeopleDialogProps) {
  switch (open.dialog) {
    case 'add':
      return <NewPersonDialog onClose={onClose} onMade={onMade} />;
    case 'change':
      return <ChangePersonDialog user={open.user} onClose={onClose} onChanged={onChanged} />;
    case 'link':
      return <InvitationDialog user={open.user} invitation={open.invitation} onClose={onClose} />;
    case 'lock':
      return (
        <ConfirmDialog
          title={t.lockTitle(open.user.name)}
          help={t.lockHelp}
          confirm={t.lock}
          onClose={onClose}
          onConfirm={() => onLock(open.user)}
        />
      );
    case 'role':
      return (
        <ConfirmDialog
          {...describeRoleChange(open.user, open.role, open.isYou)}
          confirm={t.roleChange}
          onClose={onClose}
          onConfirm={() => onRole(open.user, open.role)}
        />
      );
    case 'remove':
      return (
        <RemovePersonDialog
          user={open.user}
          others={others.filter(({ id }) => id !== open.user.id)}
          onClose={onClose}
          onConfirm={(transferTo) => onRemove(open.user, transferTo)}
        />
      );
  }
}
