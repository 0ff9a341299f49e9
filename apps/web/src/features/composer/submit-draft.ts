import type { Drafts } from '../../app/drafts.ts';
import type { SessionStore } from '../../session/session-store.ts';

/** Sends a text and clears the draft once the server has it, unless it was changed meanwhile. */
export async function submitDraft(session: SessionStore, drafts: Drafts, text: string): Promise<void> {
  const { sessionId } = session.store.getState();
  const sent = await session.sendMessage(text);
  if (sent && drafts.get(sessionId) === text) drafts.set(sessionId, '');
}
