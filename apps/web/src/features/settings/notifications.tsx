import { useEffect, useMemo, useState } from 'react';

import { askToNotify, mayNotify, registerWorker } from '../../services/notices.ts';
import { createPush } from '../../services/push.ts';
import { usePreferences, useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Toggle } from './toggle.tsx';

/** How this browser tells the person of what waits for them. */
export function Notifications() {
  const { preferences } = useServices();
  const notify = usePreferences((current) => current.notify);
  const blocked = !mayNotify();
  const setNotify = async (wanted: boolean) => {
    const allowed = wanted && (await askToNotify());
    preferences.setState({ notify: allowed });
    // Phones show notifications of pages only by a service worker. Elsewhere the page can do without.
    if (allowed) await registerWorker().catch(() => undefined);
  };
  return (
    <>
      <Toggle
        label={t.settings.notify}
        {...(blocked && { help: t.settings.notifyBlocked })}
        checked={notify && !blocked}
        disabled={blocked}
        onChange={(wanted) => void setNotify(wanted)}
      />
      <PushToggle blocked={blocked} />
    </>
  );
}

type PushState = { state: 'loading' } | { state: 'known'; on: boolean; problem: string | null };

function PushToggle({ blocked }: { blocked: boolean }) {
  const { api } = useServices();
  const push = useMemo(() => createPush(api), [api]);
  const [known, setKnown] = useState<PushState>({ state: 'loading' });
  const unavailable = !push.isSupported || blocked;
  useEffect(() => {
    if (!push.isSupported) return;
    push.isOn().then(
      (on) => setKnown({ state: 'known', on, problem: null }),
      () => setKnown({ state: 'known', on: false, problem: t.settings.pushFailed }),
    );
  }, [push]);

  const change = async (wanted: boolean) => {
    setKnown({ state: 'loading' });
    try {
      if (wanted) {
        const on = await push.switchOn();
        setKnown({ state: 'known', on, problem: on ? null : t.settings.notifyBlocked });
      } else {
        await push.switchOff();
        setKnown({ state: 'known', on: false, problem: null });
      }
    } catch {
      setKnown({ state: 'known', on: !wanted, problem: wanted ? t.settings.pushRefused : t.settings.pushFailed });
    }
  };
  return (
    <div className="border-t border-line">
      <Toggle
        label={t.settings.push}
        help={push.isSupported ? t.settings.pushHelp : t.settings.pushUnsupported}
        checked={known.state === 'known' && known.on && !unavailable}
        disabled={unavailable || known.state === 'loading'}
        onChange={(wanted) => void change(wanted)}
      />
      {known.state === 'known' && known.problem !== null && (
        <p role="alert" className="px-4 pb-3 text-sm text-bad">
          {known.problem}
        </p>
      )}
    </div>
  );
}
