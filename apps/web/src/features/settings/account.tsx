import type { AccountResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { toHref } from '../../api/base-path.ts';
import { t as app } from '../../messages/index.ts';
import { isPlaceholderAddress } from '../../services/placeholder-address.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { AccountDialog, type AccountField } from './account-dialog.tsx';
import { t } from './account-messages.ts';

/** Looks as the buttons beside it; a browser saves what a link leads to. */
const LINK_LIKE_BUTTON =
  'tap inline-flex h-9 shrink-0 items-center rounded-sm border border-control bg-raised px-3 font-semibold hover:bg-hover';

/** The signed-in person's account: name, email and password, and the way out. */
export function Account() {
  const { api, bootstrap, refreshBootstrap, signOut } = useServices();
  const [account, setAccount] = useState<AccountResource | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [changing, setChanging] = useState<AccountField | null>(null);
  const [signOutProblem, setSignOutProblem] = useState<Problem | null>(null);

  const load = useCallback(() => {
    api.getAccount().then(
      (loaded) => {
        setAccount(loaded);
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api]);
  useEffect(load, [load]);

  const changed = (next: AccountResource) => {
    setAccount(next);
    void refreshBootstrap();
  };
  const { confirm_with: confirmWith } = account ?? {};
  const takesPasswords = bootstrap.password_sign_in;
  const hasPassword = confirmWith === 'password';
  const isElsewhere = confirmWith === 'provider';
  const mayChange = hasPassword || confirmWith === 'nothing';
  const { name, email } = account ?? bootstrap.user;
  const isPlaceholder = isPlaceholderAddress(email);
  return (
    <>
      {takesPasswords && (confirmWith === 'nothing' || confirmWith === 'new_sign_in') && (
        <div className="m-4 flex flex-wrap items-center justify-between gap-3 rounded-md border border-warn bg-warn-soft px-4 py-3 text-sm">
          <p className="min-w-48 flex-1">{mayChange ? t.hint : t.hintAgain}</p>
          {mayChange && <Button onClick={() => setChanging('first')}>{t.setTitle}</Button>}
        </div>
      )}
      {problem !== null && (
        <div className="mx-4 mt-3">
          <Trouble text={t.failed} problem={problem} onRetry={load} />
        </div>
      )}
      <Row label={t.name} value={name} {...(account !== null && { onChange: () => setChanging('name') })} />
      <Row
        label={t.email}
        value={isPlaceholder ? t.emailNone : email}
        {...((hasPassword || (!takesPasswords && mayChange)) && { onChange: () => setChanging('email') })}
      />
      {takesPasswords && (
        <Row
          label={t.password}
          value={
            hasPassword ? t.passwordSet : isElsewhere ? t.passwordElsewhere : account === null ? '' : t.passwordNone
          }
          {...(hasPassword && { onChange: () => setChanging('password') })}
        />
      )}
      <div className="flex min-h-13 items-center justify-between gap-3 border-t border-line px-4 py-2">
        <div className="min-w-0">
          <p className="text-sm text-muted">{t.data}</p>
          <p>{t.dataHelp}</p>
        </div>
        <a href={toHref('/api/v1/account/export')} download className={LINK_LIKE_BUTTON} aria-label={t.downloadData}>
          {t.download}
        </a>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-4 py-3">
        <p className="text-muted">{app.settings.roles[bootstrap.user.role]}</p>
        <Button onClick={() => void signOut().then(setSignOutProblem)}>{app.settings.signOut}</Button>
        {signOutProblem !== null && (
          <p role="alert" className="w-full text-sm text-bad">
            {app.settings.signOutFailed} {signOutProblem.message}
          </p>
        )}
      </div>
      {changing !== null && account !== null && (
        <AccountDialog account={account} field={changing} onClose={() => setChanging(null)} onChanged={changed} />
      )}
    </>
  );
}

function Row({ label, value, onChange }: { label: string; value: string; onChange?: () => void }) {
  return (
    <div className="flex min-h-13 items-center justify-between gap-3 border-t border-line px-4 py-2 first:border-t-0">
      <div className="min-w-0">
        <p className="text-sm text-muted">{label}</p>
        <p className="font-semibold wrap-anywhere">{value}</p>
      </div>
      {onChange !== undefined && (
        <Button size="small" onClick={onChange} aria-label={t.changeOf(label)}>
          {t.change}
        </Button>
      )}
    </div>
  );
}
