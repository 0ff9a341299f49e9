import { t } from '../../messages/index.ts';
import type { Answer } from '../../session/session-sending.ts';
import { Button } from '../../ui/button.tsx';

interface AnswerButtonsProps {
  /** The id of the card. `ID-unseen` and `ID-rule` are the ids of the elements that describe the buttons. */
  id: string;
  busy: boolean;
  /** False until the end of the review was on screen. Nothing can be allowed before that. */
  endSeen: boolean;
  /** The review is on screen, and its end has not been on screen yet. */
  unseen: boolean;
  /** Whether the user may allow it at all, and not only deny it. */
  mayAllow: boolean;
  /** Whether a rule exists that allows this call for the session. */
  hasRule: boolean;
  give: (answer: Answer) => void;
  /** Asks for a reason before it denies. */
  onDeny: () => void;
  /** Asks for a note before it hands the call over; null where that cannot be done, or has a button elsewhere. */
  onHandOver: (() => void) | null;
}

/** Allow once, allow for the session, deny, deny with a reason. */
export function AnswerButtons({ id, busy, endSeen, unseen, mayAllow, hasRule, give, ...forms }: AnswerButtonsProps) {
  const allow = (scope: 'once' | 'session') => endSeen && give({ result: 'allow', scope });
  return (
    <div className="flex flex-wrap gap-2 max-md:grid max-md:grid-cols-2 max-md:[&>button]:text-sm max-md:[&>button]:leading-4 max-md:[&>button]:whitespace-normal max-md:[&>button:last-child:nth-child(odd)]:col-span-2 flat:flex flat:w-44 flat:flex-col flat:flex-nowrap flat:gap-1.5">
      {mayAllow && (
        <Button
          look="primary"
          busy={busy || !endSeen}
          onClick={() => allow('once')}
          aria-keyshortcuts="A"
          {...(unseen && { 'aria-describedby': `${id}-unseen` })}
        >
          {t.approvals.allowOnce}
        </Button>
      )}
      {forms.onHandOver !== null && (
        <Button look="primary" busy={busy} onClick={forms.onHandOver}>
          {t.approvals.handOver.open}
        </Button>
      )}
      {mayAllow && hasRule && (
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
      <Button look="quiet" busy={busy} onClick={forms.onDeny}>
        {t.approvals.denyWithReason}
      </Button>
    </div>
  );
}
