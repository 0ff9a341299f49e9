import type { Services } from '../../services/services.ts';
import { isSameMessage } from '../../services/unsettled-text.ts';
import type { SessionStore } from '../../session/session-store.ts';
import type { SentFile } from '../../session/sent-file.ts';

/**
 * Takes the draft out of the box and sends it. If sending fails, the text returns to the box.
 *
 * @param isNew Nothing was said in the session before.
 */
export async function submitDraft(
  session: SessionStore,
  { drafts, draftFiles }: Pick<Services, 'drafts' | 'draftFiles'>,
  { text, files }: { text: string; files: readonly SentFile[] },
  isNew = false,
): Promise<void> {
  const { sessionId, load } = session.store.getState();
  const before = drafts.getUnsettled(sessionId);
  const again = isSameMessage(before, { text, files }) ? before : null;
  const sent = session.sendMessage(text, files, again?.frameId);
  const { send } = session.store.getState();
  if (send.state === 'sending') {
    const afterSeq = again?.afterSeq ?? (isNew || load.state === 'ready' ? send.afterSeq : null);
    drafts.hold(sessionId, { kind: 'message', text, files, frameId: send.frameId, afterSeq });
  }
  if (!(await sent)) {
    drafts.putBack(sessionId);
    return;
  }
  drafts.release(sessionId);
  draftFiles.clear(sessionId, files);
}
