import { useServices } from '../../services/services.ts';
import { allows, levelOf, useMayWrite, useShared } from '../../services/session-level.ts';
import { useArchived } from '../../services/use-archived.ts';
import { useStatus } from '../../services/use-status.ts';
import { t } from '../../messages/index.ts';
import { useSession } from '../../session/session-context.ts';
import { isDeleted } from '../../session/session-state.ts';

export interface ClosedOptions {
  /** Stops the running turn, if there is one. */
  stop: (() => void) | undefined;
  askFirst: () => void;
}

export interface Closed {
  /** Why the person can write nothing here; null where they can. */
  because: string | null;
  /** What they can do instead. */
  reopen: { label: string; run: () => void } | null;
}

/** Whether the person can write in the session of this context. */
export function useClosed({ stop, askFirst }: ClosedOptions): Closed {
  const { sessions } = useServices();
  const mayWrite = useMayWrite();
  const sessionId = useSession((state) => state.sessionId);
  const deleted = useSession(isDeleted);
  const ended = useStatus().kind === 'terminated';
  const archived = useArchived();
  const shared = useShared();
  const level = levelOf({ shared });
  const mayManage = allows(level, 'manage');
  if (deleted) return { because: t.composer.deleted, reopen: null };
  if (ended) return { because: t.composer.ended, reopen: null };
  if (archived) {
    const run = () => void sessions.archive(sessionId, false, t.sessions.unarchive);
    return { because: t.composer.archived, reopen: mayManage ? { label: t.sessions.unarchive, run } : null };
  }
  if (shared === undefined) return { because: null, reopen: null };
  const { name } = shared.owner;
  if (!allows(level, 'drive')) return { because: t.sharing.viewOnly(name), reopen: null };
  // In the session of somebody else the server refuses messages of people who may not choose this mode.
  if (mayWrite) return { because: null, reopen: null };
  if (mayManage) return { because: t.sharing.unaskedManager, reopen: { label: t.sharing.askFirst, run: askFirst } };
  return {
    because: t.sharing.unasked(name),
    reopen: stop === undefined ? null : { label: t.composer.stop, run: stop },
  };
}
