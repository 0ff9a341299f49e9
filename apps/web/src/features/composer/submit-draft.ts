import type { Services } from '../../services/services.ts';
import type { SessionStore } from '../../session/session-store.ts';
import type { SentFile } from '../../session/sent-file.ts';

/** Sends a message and clears its draft once the server has it, unless it was changed meanwhile. */
export async function submitDraft(
  session: SessionStore,
  { drafts, draftFiles }: Pick<Services, 'drafts' | 'draftFiles'>,
  { text, files }: { text: string; files: readonly SentFile[] },
): Promise<void> {
  const { sessionId } = session.store.getState();
  if (!(await session.sendMessage(text, files))) return;
  if (drafts.get(sessionId) === text) drafts.set(sessionId, '');
  draftFiles.clear(sessionId, files);
}
