import type { StopImpact, StopScope } from '@claude-sdk-pattern/protocol';
import { useEffect, useState, type FormEvent } from 'react';

import type { StopSubject } from '../../api/console-api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Segments } from '../../ui/segments.tsx';
import { t } from './messages.ts';
import { STOP_SCOPE_NAMES } from './stop-scopes.ts';
import { TargetField } from './target-field.tsx';

const MAX_REASON = 300;
const TARGETED: readonly StopScope[] = ['user', 'agent', 'plugin'];

/** The kill switch: what to stop, exactly what that does now, and why. */
export function StopDialog({ onClose, onStopped }: { onClose: () => void; onStopped: () => void }) {
  const { api } = useServices();
  const [scope, setScope] = useState<StopScope>('platform');
  const [target, setTarget] = useState('');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const needsTarget = TARGETED.includes(scope);
  const subject: StopSubject | null =
    needsTarget && target === '' ? null : { scope, ...(needsTarget && { target_id: target }) };
  const impact = useImpact(subject);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || subject === null) return;
    setBusy(true);
    setProblem(null);
    try {
      await api.console.stop({ ...subject, reason: reason.trim() });
      onStopped();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t.stops.dialog} description={t.stops.dialogHelp}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div>
          <Segments
            label={t.stops.scope}
            value={scope}
            options={STOP_SCOPE_NAMES}
            onChange={(next) => {
              setScope(next);
              setTarget('');
            }}
          />
          <p className="mt-1 text-sm text-muted">{t.stops.scopes[scope].help}</p>
        </div>
        {needsTarget && <TargetField key={scope} scope={scope} value={target} onValue={setTarget} />}
        <Field
          label={t.stops.reason}
          help={t.stops.reasonHelp}
          value={reason}
          onValue={setReason}
          maxLength={MAX_REASON}
          autoComplete="off"
          data-autofocus=""
        />
        <div aria-live="polite" className="rounded-sm bg-warn-soft px-3 py-2">
          <h3 className="text-sm font-semibold">{t.stops.happens}</h3>
          <p className="nums text-sm">
            {subject === null
              ? t.stops.chooseFirst
              : impact === null
                ? t.stops.counting
                : `${t.stops.scopes[scope].does(impact)} ${t.stops.kept}`}
          </p>
        </div>
        {problem !== null && (
          <p role="alert" className="text-sm text-bad">
            {problem.message}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{app.app.cancel}</Button>
          <Button type="submit" look="danger" busy={busy} disabled={subject === null || reason.trim() === ''}>
            {t.stops.scopes[scope].submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const COUNT_EVERY_MS = 3000;

/** What the stop would do now, counted again while the dialogue is open; null while nobody knows. */
function useImpact(subject: StopSubject | null): StopImpact | null {
  const { api } = useServices();
  const [impact, setImpact] = useState<{ of: string; value: StopImpact } | null>(null);
  const key = JSON.stringify(subject);
  useEffect(() => {
    const asked = JSON.parse(key) as StopSubject | null;
    if (asked === null) return undefined;
    let isGone = false;
    const load = () =>
      void api.console.findStopImpact(asked).then(
        (value) => {
          if (!isGone) setImpact({ of: key, value });
        },
        // The next try tells; without a count one may still stop.
        () => undefined,
      );
    load();
    const timer = setInterval(load, COUNT_EVERY_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [api, key]);
  return impact?.of === key ? impact.value : null;
}
