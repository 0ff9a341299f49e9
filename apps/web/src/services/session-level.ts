import type { SessionResource, ShareLevel } from '@claude-sdk-pattern/protocol';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useSession } from '../session/session-context.ts';
import { isWaiting, toSessionWord, type SessionWord } from '../session/session-word.ts';
import { useServices } from './services.ts';
import type { Elsewhere } from './find-elsewhere.ts';
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

/** Whether a session needs this user: it waits, and not for somebody else. */
export function needsMe(session: SessionResource, elsewhere: SessionsState['elsewhere']): boolean {
  return mayAnswer(session) && !elsewhere.has(session.id);
}

/** The sessions that need the user, the longest waiting first, and the calls of other sessions that were handed to them. */
export function listWaiting({ byId, approvals, elsewhere }: Pick<SessionsState, 'byId' | 'approvals' | 'elsewhere'>) {
  const sessions = [...byId.values()]
    .filter((session) => needsMe(session, elsewhere))
    .toSorted((a, b) => a.updated_at.localeCompare(b.updated_at));
  return { sessions, handedOver: approvals.filter((each) => !each.session_visible && each.may_allow) };
}

/** How many sessions need the user, and how many calls of other sessions were handed to them. */
export function countWaiting(state: Parameters<typeof listWaiting>[0]): number {
  const { sessions, handedOver } = listWaiting(state);
  return sessions.length + handedOver.length;
}

/**
 * A session's status in words. A person who may not answer reads that the session waits, not that it needs them.
 * `elsewhere`: who has to answer what it waits for, if not the user.
 */
export function describeWord(word: SessionWord, level: SessionLevel, elsewhere?: Elsewhere): string {
  if (!isWaiting(word)) return t.sessions.words[word];
  if (!allows(level, 'drive')) return t.sessions.othersAnswer[word];
  return elsewhere === undefined ? t.sessions.words[word] : t.sessions.waitsElsewhere[elsewhere];
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

/** Whether a message can be sent in the session of this context: the server refuses those of people who may not choose its mode. */
export function useMayWrite(): boolean {
  const { bootstrap } = useServices();
  const shared = useShared();
  const mode = useSession(({ view, resource }) => view.permissionMode ?? resource?.permission_mode ?? 'default');
  if (!allows(levelOf({ shared }), 'drive')) return false;
  return shared === undefined || mode !== 'bypassPermissions' || bootstrap.permission_modes.includes(mode);
}

/** Who has to answer what the session of this context waits for, if not the user. */
export function useElsewhere(): Elsewhere | undefined {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  return useStore(sessions.store, ({ elsewhere }) => elsewhere.get(sessionId));
}
