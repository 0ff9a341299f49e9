import { useEffect, useEffectEvent, useState } from 'react';

import type { Api } from '../../api/api.ts';
import { entrance } from '../../messages/entrance.ts';
import { t } from '../../messages/index.ts';
import { describeBrowser } from '../../services/describe-browser.ts';
import { addPasskey, isCancelled } from '../../services/passkey-ceremonies.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';

/** Asks a person who has just accepted an invitation for the passkey with which they come back. */
export function FirstPasskey({ api, onDone }: { api: Api; onDone: () => void }) {
  const [failure, setFailure] = useState<string | null>(null);

  const add = useEffectEvent(async () => {
    setFailure(null);
    try {
      const name = describeBrowser(navigator.userAgent) ?? location.hostname;
      await addPasskey(api, { name, currentPassword: null });
      onDone();
    } catch (error) {
      setFailure(isCancelled(error) ? entrance.invite.passkeyCancelled : toProblem(error).message);
    }
  });
  const [round, setRound] = useState(0);
  useEffect(() => void add(), [round]);

  if (failure === null)
    return (
      <p role="status" className="py-4 text-center text-muted">
        {entrance.invite.passkeyWorking}
      </p>
    );
  return (
    <div className="flex flex-col gap-4">
      <p role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
        {failure}
      </p>
      <Button look="primary" onClick={() => setRound((before) => before + 1)}>
        {t.app.retry}
      </Button>
      <Button onClick={onDone}>{entrance.invite.later}</Button>
    </div>
  );
}
