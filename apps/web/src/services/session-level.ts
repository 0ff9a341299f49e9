import type { SessionResource, ShareLevel } from '@claude-sdk-pattern/protocol';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useSession } from '../session/session-context.ts';
import { isWaiting, toSessionWord, type SessionWord } from '../session/session-word.ts';
import { useServices } from './services.ts';
import type { SessionsState } from './sessions-state.ts';

/** What the user may do with a session: it is their own, or shared with them at a level. */
export type SessionLevel = 'own' | ShareLevel;

const ORDER: readonly SessionLevel[] = ['view', 'drive', 'manage', 'own'];

export function levelOf(session: { shared?: SessionResource['shared'] | undefined } | null | undefined): SessionLevel {
  return session?.shared?.level ?? 'own';
}

export function allows(level: SessionLevel, least: SessionLevel): boolean {
  return ORDER.indexOf(level) >= ORDER.indexOf(least);
}

/** Whether a session waits for an answer that this user may give, be it only to deny. */
export function mayAnswer(session: SessionResource): boolean {
  return isWaiting(toSessionWord(session)) && allows(levelOf(session), 'drive');
}

/** Whether a session needs this user: it waits, and nobody else has to allow its calls. */
export function needsMe(session: SessionResource, barred: ReadonlySet<string>): boolean {
  return mayAnswer(session) && !barred.has(session.id);
}

/** How many sessions need the user, and how many calls of other sessions were handed to them. */
export function countWaiting({
  byId,
  approvals,
  barred,
}: Pick<SessionsState, 'byId' | 'approvals' | 'barred'>): number {
  const sessions = [...byId.values()].filter((session) => needsMe(session, barred)).length;
  return sessions + approvals.filter((each) => !each.session_visible && each.may_allow).length;
}

/**
 * A session's status in words. A person who may not answer reads that the session waits, not that it needs them. `isBarred`:
 * somebody else has to allow what it waits for.
 */
export function describeWord(word: SessionWord, level: SessionLevel, isBarred = false): string {
  if (isWaiting(word) && isBarred) return t.sessions.waitsForOther;
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

/** Whether somebody else has to allow what the session of this context waits for. */
export function useIsBarred(): boolean {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  return useStore(sessions.store, ({ barred }) => barred.has(sessionId));
}
