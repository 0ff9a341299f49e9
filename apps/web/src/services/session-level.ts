import type { SessionResource, ShareLevel } from '@claude-sdk-pattern/protocol';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useSession } from '../session/session-context.ts';
import { isWaiting, toSessionWord, type SessionWord } from '../session/session-word.ts';
import { useServices } from './services.ts';

/** What the user may do with a session: it is their own, or shared with them at a level. */
export type SessionLevel = 'own' | ShareLevel;

const ORDER: readonly SessionLevel[] = ['view', 'drive', 'manage', 'own'];

export function levelOf(session: { shared?: SessionResource['shared'] | undefined } | null | undefined): SessionLevel {
  return session?.shared?.level ?? 'own';
}

export function allows(level: SessionLevel, least: SessionLevel): boolean {
  return ORDER.indexOf(level) >= ORDER.indexOf(least);
}

/** Whether a session waits for an answer that this user may give. */
export function needsMe(session: SessionResource): boolean {
  return isWaiting(toSessionWord(session)) && allows(levelOf(session), 'drive');
}

/** A session's status in words. A person who may not answer reads that the session waits, not that it needs them. */
export function describeWord(word: SessionWord, level: SessionLevel): string {
  return isWaiting(word) && !allows(level, 'drive') ? t.sessions.othersAnswer[word] : t.sessions.words[word];
}

/** How the session of this context is shared with the user; undefined for their own. The list knows changes first. */
export function useShared(): SessionResource['shared'] {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const resource = useSession((state) => state.resource);
  return useStore(sessions.store, (state) => (state.byId.get(sessionId) ?? resource)?.shared);
}

/** Whether the user may send, answer and stop in the session of this context. */
export function useMayDrive(): boolean {
  return allows(levelOf({ shared: useShared() }), 'drive');
}
