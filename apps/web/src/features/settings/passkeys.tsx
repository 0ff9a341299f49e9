import type { AccountConfirmation, PasskeyResource } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';

import { toHref } from '../../api/base-path.ts';
import { t as app } from '../../messages/index.ts';
import type { PasskeySite } from '../../services/passkey-site.ts';
import { useServices } from '../../services/services.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatAgo } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { AddPasskeyDialog } from './add-passkey-dialog.tsx';
import { t } from './passkey-messages.ts';
import { RenamePasskeyDialog } from './rename-passkey-dialog.tsx';
import { usePasskeys } from './use-passkeys.ts';

type Open = { dialog: 'add' } | { dialog: 'rename' | 'remove'; passkey: PasskeyResource };

/** The signed-in person's passkeys: lists, adds, renames and removes them. */
export function Passkeys() {
  const { api, announcer, bootstrap } = useServices();
  const { loaded, problem, setProblem, load } = usePasskeys();
  const [open, setOpen] = useState<Open | null>(null);

  const close = () => setOpen(null);
  const done = (what: keyof typeof t.done) => {
    close();
    announcer.say(t.done[what]);
    load();
  };
  const remove = async ({ id }: PasskeyResource) => {
    try {
      await api.removePasskey(id);
      done('remove');
    } catch (error) {
      close();
      setProblem(toProblem(error));
    }
  };
  return (
    <>
      <p className="px-4 pt-3 pb-2 text-sm text-muted">{t.help}</p>
      {problem !== null && (
        <div className="mx-4 mb-2">
          <Trouble text={t.failed} problem={problem} onRetry={load} />
        </div>
      )}
      <ul>
        {loaded?.list.map((passkey) => (
          <PasskeyRow key={passkey.id} passkey={passkey} onOpen={(dialog) => setOpen({ dialog, passkey })} />
        ))}
      </ul>
      {loaded?.list.length === 0 && (
        <p className="px-4 py-2 text-muted">
          {bootstrap.password_sign_in || loaded.confirmWith === 'provider' ? t.none : t.noneAndNoPassword}
        </p>
      )}
      {loaded !== null && (
        <div className="border-t border-line px-4 py-3">
          <AddPart
            site={loaded.site}
            confirmWith={loaded.confirmWith}
            takesPasswords={bootstrap.password_sign_in}
            onAdd={() => setOpen({ dialog: 'add' })}
          />
        </div>
      )}
      {open?.dialog === 'add' && loaded !== null && (
        <AddPasskeyDialog confirmWith={loaded.confirmWith} onClose={close} onAdded={() => done('add')} />
      )}
      {open?.dialog === 'rename' && (
        <RenamePasskeyDialog passkey={open.passkey} onClose={close} onRenamed={() => done('rename')} />
      )}
      {open?.dialog === 'remove' && (
        <Dialog
          open
          onOpenChange={(isOpen) => !isOpen && close()}
          title={t.removeTitle(open.passkey.name)}
          description={t.removeHelp}
        >
          <div className="flex justify-end gap-2">
            <Button data-autofocus="" onClick={close}>
              {app.app.cancel}
            </Button>
            <Button look="danger" onClick={() => void remove(open.passkey)}>
              {t.remove}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** The button, or why there is none. */
function AddPart(props: {
  site: PasskeySite;
  confirmWith: AccountConfirmation;
  takesPasswords: boolean;
  onAdd: () => void;
}) {
  const { site, confirmWith } = props;
  if (site.state === 'elsewhere')
    return (
      <div className="flex flex-col items-start gap-1 text-sm">
        <p>{t.elsewhere}</p>
        <a
          href={`${site.url}${toHref('/settings')}`}
          className="tap inline-flex items-center wrap-anywhere text-accent underline underline-offset-3"
        >
          {site.url}
        </a>
        {site.isLocal && <p>{t.local}</p>}
      </div>
    );
  if (site.state !== 'here') return <p className="text-sm">{t[site.state]}</p>;
  if (confirmWith === 'new_sign_in')
    return <p className="text-sm">{props.takesPasswords ? t.newSignIn : t.newSignInAlone}</p>;
  if (confirmWith === 'provider') return <p className="text-sm">{t.provider}</p>;
  return <Button onClick={props.onAdd}>{t.add}</Button>;
}

function PasskeyRow(props: { passkey: PasskeyResource; onOpen: (dialog: 'rename' | 'remove') => void }) {
  const { name, created_at: createdAt, last_used_at: usedAt, rp_id: domain } = props.passkey;
  const now = Date.now();
  return (
    <li className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1 border-t border-line px-4 py-2">
      <div className="min-w-48 flex-1">
        <p className="font-semibold wrap-anywhere">{name}</p>
        <p className="nums text-sm wrap-anywhere text-muted">
          {t.added(formatAgo(createdAt, now))} · {usedAt === null ? t.unused : t.used(formatAgo(usedAt, now))}
          {domain !== location.hostname && ` · ${t.only(domain)}`}
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="small" onClick={() => props.onOpen('rename')} aria-label={t.renameOf(name)}>
          {t.rename}
        </Button>
        <Button size="small" onClick={() => props.onOpen('remove')} aria-label={t.removeOf(name)}>
          {t.remove}
        </Button>
      </div>
    </li>
  );
}
