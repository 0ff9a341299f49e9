import type { GivenAnswer } from '@claude-sdk-pattern/protocol';
import { Info, X } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatAge } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

const AGES_EVERY_MS = 30_000;
const MINUTE_MS = 60_000;

/**
 * Says who answered a call first that this person was looking at, until they close it or the next turn begins. `of` is the title of its session, outside of the session's page.
 */
export function AnsweredNotice({ of = null }: { of?: string | null }) {
  const { bootstrap } = useServices();
  const session = useSessionStore();
  const first = useSession((state) => state.answeredFirst);
  const title = useSession(({ view }) => {
    const tool = view.items.get(first?.toolUseId ?? '');
    return tool?.kind === 'tool' ? (tool.approval?.title ?? null) : null;
  });
  const now = useNow(AGES_EVERY_MS, first !== null);
  return (
    <div role="status" className="contents">
      {first !== null && (
        <p
          data-answered=""
          className="anim-rise mb-2 flex items-start gap-2 rounded-md border border-line bg-raised px-3 py-2 text-sm"
        >
          <Info size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />
          <span className="min-w-0 flex-1 wrap-anywhere">
            <VisibleText text={describeAnswer(first.answer, { me: bootstrap.user.id, now })} />
            {(title !== null || of !== null) && (
              <span className="text-muted">
                {' · '}
                <VisibleText text={[title, of].filter((part) => part !== null).join(' · ')} />
              </span>
            )}
            {first.answer.by?.id !== bootstrap.user.id && (
              <span className="block text-muted">{t.approvals.answeredFirst.notCounted}</span>
            )}
          </span>
          <span className="-my-1 -mr-1 max-md:-my-2.5 pointer-coarse:-my-2.5">
            <IconButton size="small" label={t.approvals.answeredFirst.dismiss} onClick={session.dismissAnsweredFirst}>
              <X size={14} aria-hidden />
            </IconButton>
          </span>
        </p>
      )}
    </div>
  );
}

function describeAnswer({ result, by, at }: GivenAnswer, { me, now }: { me: string; now: number }): string {
  const { answeredFirst } = t.approvals;
  if (by === null) return result === 'deny' ? answeredFirst.nobody : answeredFirst.gone;
  const isFresh = now - Date.parse(at) < MINUTE_MS;
  const when = isFresh ? answeredFirst.justNow : answeredFirst.ago(formatAge(at, now));
  return answeredFirst[result](by.id === me ? t.transcript.you : by.name, when);
}
