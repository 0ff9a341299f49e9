import type { GivenAnswer } from '@claude-sdk-pattern/protocol';
import { Info, X } from 'lucide-react';

import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import type { ToolItem } from '../../session/items.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatAge } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { objectOf } from '../tools/describe-tool.ts';

const AGES_EVERY_MS = 30_000;
const MINUTE_MS = 60_000;

export interface AnswerNoteProps {
  answer: GivenAnswer;
  /** This browser sent an answer too, which came too late. */
  wasSent: boolean;
  /** The call; undefined where it is not loaded. */
  tool: ToolItem | undefined;
  /** The title of its session, outside of the session's page. */
  of?: string | null;
  onClose: () => void;
}

/** Says how a call ended that this person was looking at: who answered it, what they said, and which call it was. */
export function AnswerNote({ answer, wasSent, tool, of = null, onClose }: AnswerNoteProps) {
  const { bootstrap } = useServices();
  const now = useNow(AGES_EVERY_MS);
  const me = bootstrap.user.id;
  const call = tool === undefined ? '' : objectOf(tool) || (tool.approval?.title ?? '');
  return (
    <p
      data-answered=""
      className="anim-rise mb-2 flex items-start gap-2 rounded-md border border-line bg-raised px-3 py-2 text-sm"
    >
      <Info size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 wrap-anywhere">
        <VisibleText text={describeAnswer(answer, { me, now })} />
        {(call !== '' || of !== null) && (
          <span className="line-clamp-2 text-muted">
            {call !== '' && (
              <code className="code-text">
                <VisibleText text={call} />
              </code>
            )}
            {call !== '' && of !== null && ' · '}
            {of !== null && <VisibleText text={of} />}
          </span>
        )}
        {wasSent && answer.by?.id !== me && (
          <span className="block text-muted">{t.approvals.answeredFirst.notCounted}</span>
        )}
      </span>
      <span className="-my-1 -mr-1 max-md:-my-2.5 pointer-coarse:-my-2.5">
        <IconButton size="small" label={t.approvals.answeredFirst.dismiss} onClick={onClose}>
          <X size={14} aria-hidden />
        </IconButton>
      </span>
    </p>
  );
}

function describeAnswer({ result, by, at, message }: GivenAnswer, { me, now }: { me: string; now: number }): string {
  const { answeredFirst } = t.approvals;
  if (by === null) return result === 'deny' ? answeredFirst.nobody : answeredFirst.gone;
  const isFresh = now - Date.parse(at) < MINUTE_MS;
  const when = isFresh ? answeredFirst.justNow : answeredFirst.ago(formatAge(at, now));
  const who = answeredFirst[result](by.id === me ? chat.transcript.you : by.name, when);
  return message === null || message === '' ? who : answeredFirst.saying(who, message);
}
