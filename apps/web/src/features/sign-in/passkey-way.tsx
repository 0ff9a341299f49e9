import type { SignInWays } from '@claude-sdk-pattern/protocol';
import { KeyRound } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';

import type { Api } from '../../api/api.ts';
import { entrance } from '../../messages/entrance.ts';
import { canSuggestPasskeys, pickPasskey } from '../../services/passkey-ceremonies.ts';
import { findPasskeySite, readPage } from '../../services/passkey-site.ts';
import { Button } from '../../ui/button.tsx';

export interface PasskeyWayProps {
  api: Api;
  ways: SignInWays;
  /** It stands above the form: this browser's last sign-in was by passkey. */
  isFirst: boolean;
  /** Signs in with what `pick` answers, and shows why that failed. */
  onPick: (pick: () => Promise<unknown>) => Promise<void>;
}

/** Signs in with a passkey: by a button, and by the suggestions of the field for the email. */
export function PasskeyWay({ api, ways, isFirst, onPick }: PasskeyWayProps) {
  const site = findPasskeySite(ways, readPage());
  const isHere = ways.passkey && site.state === 'here';
  const [busy, setBusy] = useState(false);
  /** The button ends the suggestions; a new round brings them back. */
  const [round, setRound] = useState(0);

  const suggest = useEffectEvent(async (signal: AbortSignal) => {
    if (!(await canSuggestPasskeys())) return;
    // Nobody has asked for a passkey yet, so nobody is told that there is none.
    const picked = await pickPasskey(api, { autofill: true, signal }).catch(() => undefined);
    if (picked !== undefined) await onPick(() => Promise.resolve(picked));
  });
  useEffect(() => {
    if (!isHere) return;
    const stopping = new AbortController();
    void suggest(stopping.signal);
    return () => stopping.abort();
  }, [isHere, round]);

  if (!ways.passkey) return null;
  if (site.state === 'elsewhere')
    return (
      <p className="text-center text-sm text-muted">
        {entrance.signIn.passkeyAt}{' '}
        <a
          href={`${site.url}${location.pathname}`}
          className="tap inline-flex items-center text-accent underline underline-offset-3"
        >
          {site.url}
        </a>
        {site.isLocal && `. ${entrance.signIn.passkeyLocal}`}
      </p>
    );
  if (!isHere) return null;
  const use = async () => {
    if (busy) return;
    setBusy(true);
    await onPick(() => pickPasskey(api, { autofill: false }));
    setBusy(false);
    setRound((before) => before + 1);
  };
  return (
    <Button look={isFirst ? 'primary' : 'plain'} busy={busy} autoFocus={isFirst} onClick={() => void use()}>
      <KeyRound size={16} aria-hidden />
      {entrance.signIn.withPasskey}
    </Button>
  );
}
