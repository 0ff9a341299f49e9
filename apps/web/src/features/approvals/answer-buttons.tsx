import { t } from '../../messages/index.ts';
import type { Answer } from '../../session/session-sending.ts';
import { Button } from '../../ui/button.tsx';

interface AnswerButtonsProps {
  /** Of the card: `-unseen` and `-rule` behind it are the ids of what describes the buttons. */
  id: string;
  busy: boolean;
  /** Nothing can be allowed before its end was seen. */
  endSeen: boolean;
  /** It is shown, and its end was not seen. */
  unseen: boolean;
  /** Whether there is a rule that allows it for the session. */
  hasRule: boolean;
  give: (answer: Answer) => void;
  /** Asks for a reason first. */
  onDeny: () => void;
}

/** Allow once, allow for the session, deny, deny with a reason. */
export function AnswerButtons({ id, busy, endSeen, unseen, hasRule, give, onDeny }: AnswerButtonsProps) {
  const allow = (scope: 'once' | 'session') => endSeen && give({ result: 'allow', scope });
  return (
    <div className="flex flex-wrap gap-2 max-md:grid max-md:grid-cols-2 max-md:[&>button]:text-sm max-md:[&>button]:leading-4 max-md:[&>button]:whitespace-normal flat:flex flat:w-44 flat:flex-col flat:flex-nowrap flat:gap-1.5">
      <Button
        look="primary"
        busy={busy || !endSeen}
        onClick={() => allow('once')}
        aria-keyshortcuts="A"
        {...(unseen && { 'aria-describedby': `${id}-unseen` })}
      >
        {t.approvals.allowOnce}
      </Button>
      {hasRule && (
        <Button
          busy={busy || !endSeen}
          onClick={() => allow('session')}
          aria-describedby={unseen ? `${id}-unseen` : `${id}-rule`}
        >
          {t.approvals.allowSession}
        </Button>
      )}
      <Button look="danger" busy={busy} onClick={() => give({ result: 'deny' })} aria-keyshortcuts="D">
        {t.approvals.deny}
      </Button>
      <Button look="quiet" busy={busy} onClick={onDeny}>
        {t.approvals.denyWithReason}
      </Button>
    </div>
  );
}
