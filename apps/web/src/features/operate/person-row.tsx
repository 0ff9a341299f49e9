import type { UserResource } from '@claude-sdk-pattern/protocol';
import { KeyRound, Lock, LockOpen, Pencil, Trash2 } from 'lucide-react';

import { useId } from 'react';

import { useServices } from '../../services/services.ts';
import { formatDay } from '../../ui/format.ts';
import { MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { ROLES } from './describe-role-change.ts';
import { t } from './people-messages.ts';

export type PersonAction = 'change' | 'lock' | 'unlock' | 'invite' | 'remove';

export interface PersonRowProps {
  user: UserResource;
  isYou: boolean;
  /** Operators only read. */
  mayChange: boolean;
  /** The server keeps one: this role cannot be changed. */
  isOnlyAdministrator: boolean;
  onRole: (role: UserResource['role']) => void;
  onAction: (action: PersonAction) => void;
}

/** One account: who it is, its role and its state, and for administrators what can be done with it. */
export function PersonRow({ user, isYou, mayChange, isOnlyAdministrator, onRole, onAction }: PersonRowProps) {
  const id = useId();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line px-4 py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-56">
        <h2 className="truncate font-semibold">
          {user.name}
          {isYou && <span className="font-normal text-muted"> ({t.you})</span>}
        </h2>
        <p className="truncate text-sm text-muted">{user.email}</p>
        <PersonState user={user} />
      </div>
      <div className="flex w-full items-center justify-between gap-2 md:w-auto">
        {mayChange ? (
          <select
            aria-label={t.roleOf(user.name)}
            value={user.role}
            disabled={isOnlyAdministrator}
            aria-describedby={isOnlyAdministrator ? id : undefined}
            onChange={(event) => onRole(event.target.value as UserResource['role'])}
            className="tap h-9 rounded-sm border border-control bg-bg px-2 text-lg md:text-base disabled:opacity-70"
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t.roles[role]}
              </option>
            ))}
          </select>
        ) : (
          <span>{t.roles[user.role]}</span>
        )}
        {mayChange && <PersonMenu user={user} isYou={isYou} onAction={onAction} />}
      </div>
      {mayChange && isOnlyAdministrator && (
        <p id={id} className="w-full text-sm text-muted">
          {t.onlyAdministrator}
        </p>
      )}
    </li>
  );
}

function PersonState({ user }: { user: UserResource }) {
  const over = user.invited_until !== null && Date.parse(user.invited_until) <= Date.now();
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 text-sm text-muted">
      {user.status === 'locked' && (
        <span className="inline-flex items-center gap-1 font-semibold text-bad">
          <Lock size={12} aria-hidden /> {t.locked}
        </span>
      )}
      {user.status === 'locked' && <span aria-hidden>·</span>}
      {user.invited_until === null ? (
        <span>{t.joined(formatDay(user.created_at))}</span>
      ) : (
        <span className="font-semibold text-warn">
          {over ? t.invitationOver : t.invited(formatDay(user.invited_until))}
        </span>
      )}
    </p>
  );
}

/** Your own email and password change in Settings, which asks for your password. */
function PersonMenu({ user, isYou, onAction }: Pick<PersonRowProps, 'user' | 'isYou' | 'onAction'>) {
  const { bootstrap } = useServices();
  const reset = bootstrap.password_sign_in ? t.reset : t.resetWithoutPassword;
  return (
    <MoreMenu label={t.actions(user.name)}>
      {!isYou && (
        <>
          <MenuItem onSelect={() => onAction('change')} icon={<Pencil size={16} aria-hidden />}>
            {t.change}
          </MenuItem>
          <MenuItem onSelect={() => onAction('invite')} icon={<KeyRound size={16} aria-hidden />}>
            {user.invited_until === null ? reset : t.invite}
          </MenuItem>
        </>
      )}
      {user.status === 'locked' ? (
        <MenuItem onSelect={() => onAction('unlock')} icon={<LockOpen size={16} aria-hidden />}>
          {t.unlock}
        </MenuItem>
      ) : (
        <MenuItem onSelect={() => onAction('lock')} icon={<Lock size={16} aria-hidden />}>
          {t.lock}
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem danger onSelect={() => onAction('remove')} icon={<Trash2 size={16} aria-hidden />}>
        {t.remove}
      </MenuItem>
    </MoreMenu>
  );
}
