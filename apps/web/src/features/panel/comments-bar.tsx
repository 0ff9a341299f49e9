import { MessageSquareText } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { toCommentMessage, useDiffComments } from './diff-comments.ts';
import { g } from './git-messages.ts';

/** The comments that wait, to be sent to the agent as one message. Nothing where there is none. */
export function CommentsBar() {
  const { announcer } = useServices();
  const session = useSessionStore();
  const comments = useDiffComments();
  const isSending = useSession((state) => state.send.state === 'sending');
  const [problem, setProblem] = useState(false);
  const [asking, setAsking] = useState(false);
  const { length } = comments.all;
  if (length === 0) return null;
  const send = async () => {
    if (isSending) return;
    setProblem(false);
    const sent = await session.sendMessage(toCommentMessage(comments.all));
    setProblem(!sent);
    if (!sent) return;
    announcer.say(g.comments.sent(length));
    comments.clear();
  };
  return (
    <section
      aria-label={g.comments.region}
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-surface px-3 py-2 text-sm"
    >
      <MessageSquareText size={14} aria-hidden className="text-muted" />
      <p className="nums mr-auto font-semibold">{g.comments.count(length)}</p>
      <Button size="small" onClick={() => setAsking(true)}>
        {g.comments.discard}
      </Button>
      <Button size="small" look="primary" busy={isSending} onClick={() => void send()}>
        {g.comments.send}
      </Button>
      {problem && (
        <p role="alert" className="w-full text-bad">
          {g.comments.failed}
        </p>
      )}
      {asking && (
        <ConfirmDialog
          danger
          title={g.comments.discardTitle}
          help={g.comments.discardHelp}
          confirm={g.comments.discard}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            comments.clear();
            setAsking(false);
          }}
        />
      )}
    </section>
  );
}
