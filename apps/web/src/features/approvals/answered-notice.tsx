import { useSession, useSessionStore } from '../../session/session-context.ts';
import { AnswerNote } from './answer-note.tsx';

/**
 * Says who answered a call that this person was looking at, until they close it or the next turn begins. `of` is the title
 * of its session, outside of the session's page.
 */
export function AnsweredNotice({ of = null }: { of?: string | null }) {
  const session = useSessionStore();
  const first = useSession((state) => state.answeredFirst);
  const item = useSession(({ view }) => view.items.get(first?.toolUseId ?? ''));
  return (
    <div role="status" className="contents">
      {first !== null && (
        <AnswerNote
          answer={first.answer}
          wasSent={first.wasSent}
          tool={item?.kind === 'tool' ? item : undefined}
          of={of}
          onClose={session.dismissAnsweredFirst}
        />
      )}
    </div>
  );
}
