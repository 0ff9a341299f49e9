import type { Services } from '../../services/services.ts';
import type { SessionStore } from '../../session/session-store.ts';
import type { SentFile } from '../../session/sent-file.ts';

/** Takes the draft out of the box and sends it. If sending fails, the text returns to the box. */
export async function submitDraft(
  session: SessionStore,
  { drafts, draftFiles }: Pick<Services, 'drafts' | 'draftFiles'>,
  { text, files }: { text: string; files: readonly SentFile[] },
): Promise<void> {
  const { sessionId } = session.store.getState();
  drafts.hold(sessionId);
  if (!(await session.sendMessage(text, files))) {
    drafts.putBack(sessionId);
    return;
  }
  drafts.release(sessionId);
  draftFiles.clear(sessionId, files);
}
