import type { Services } from '../../services/services.ts';
import { toIds, type UnsettledText } from '../../services/unsettled-text.ts';
import type { SessionStore } from '../../session/session-store.ts';
import type { SessionView } from '../../session/session-view.ts';

/**
 * Takes the unsettled text out of the box as soon as the conversation has it. The returned function stops watching.
 */
export function settleText(
  session: SessionStore,
  { drafts, draftFiles, bootstrap }: Pick<Services, 'drafts' | 'draftFiles' | 'bootstrap'>,
  unsettled: UnsettledText,
): () => void {
  const { sessionId } = session.store.getState();
  /** Whether the rewound message was seen to be gone: until the rewind arrives, it is still here. */
  let wasGone = false;
  const look = () => {
    const { view, load, send } = session.store.getState();
    if (load.state !== 'ready') return;
    const isHere = isInConversation(view, unsettled, bootstrap.user.id);
    if (unsettled.kind === 'rewound' && !wasGone) {
      wasGone = !isHere;
      return;
    }
    if (!isHere) return;
    stop();
    drafts.settle(sessionId);
    draftFiles.clear(sessionId, unsettled.files);
    if (unsettled.kind === 'message' && send.state === 'failed' && send.frameId === unsettled.frameId)
      session.store.setState({ send: { state: 'none' } });
  };
  const stop = session.store.subscribe(look);
  look();
  return stop;
}

/** Whether the conversation has this text of this user. Pure. */
export function isInConversation(view: SessionView, unsettled: UnsettledText, userId: string): boolean {
  switch (unsettled.kind) {
    case 'rewound':
      return view.items.has(unsettled.messageId);
    case 'answer': {
      const tool = view.items.get(unsettled.toolUseId);
      if (tool?.kind !== 'tool' || tool.decision === null || (tool.decision.actor?.id ?? userId) !== userId)
        return false;
      const { message, answers } = tool.decision;
      return [message, ...Object.values(answers ?? {})].includes(unsettled.text.trim());
    }
    case 'message': {
      const { afterSeq, text, files } = unsettled;
      if (afterSeq === null) return false;
      return [...view.items.values()].some(
        (item) =>
          item.kind === 'user' &&
          item.seq > afterSeq &&
          (item.actor?.id ?? userId) === userId &&
          item.text.trim() === text.trim() &&
          toIds(item.attachments) === toIds(files),
      );
    }
  }
}
