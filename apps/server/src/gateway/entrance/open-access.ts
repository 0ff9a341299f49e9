import { CspError } from '@claude-sdk-pattern/protocol';

import type { Identity } from '../../identity/identity.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { shareNextRun } from '../../lib/share-next-run.ts';

/** How often the credentials of everything open are looked up, to notice what another node or `csp` has changed. */
const CHECK_INTERVAL_MS = 1000;
/** A credential that was looked up longer ago than this is looked up again before a request is carried out. */
const MAX_AGE_MS = 2000;

/** The credential of one WebSocket, stream or request. */
export interface Access {
  readonly actor: Actor;
  /**
   * Resolves while the credential is good. Waits for a look-up when a change has started one.
   * @throws CspError `authentication_required` once it has ended, `storage_unavailable` when it could not be looked
   * up.
   */
  assertAllowed(): Promise<void>;
  /** Sets what happens when the credential ends; replaces an earlier call. Called at once if it has ended. */
  onRevoked(end: (error: CspError) => void): void;
  /**
   * Counts it as a connection of its user until it is closed.
   * @throws CspError `rate_limited` when the user has too many.
   */
  hold(): void;
  /** Why the credential has ended; undefined while it is good. */
  readonly refusal: CspError | undefined;
  close(): void;
}

/** Everything that is open, with its credentials. */
export interface OpenAccess {
  open(actor: Actor): Access;
  start(): void;
  close(): void;
}

type State =
  /** Good at the last look-up, which saw this many changes. */
  { state: 'good'; seenChanges: number; checkedAtMs: number } | { state: 'ended'; refusal: CspError };

interface Entry {
  actor: Actor;
  state: State;
  end: ((error: CspError) => void) | undefined;
  isConnection: boolean;
  /** Running calls of `assertAllowed`. While there are any, each look-up includes the entry, closed or not. */
  asking: number;
}

export interface OpenAccessDeps {
  identity: Pick<Identity, 'findCurrent' | 'onChanged'>;
  logger: Pick<Logger, 'warn' | 'debug'>;
  /** Most WebSockets and streams of one user at the same time. */
  maxConnectionsPerUser: number;
  /** Hears of each connection that is refused because its user has too many. */
  onTooMany?(): void;
  /** Milliseconds that never jump. */
  monotonicMs?: () => number;
}

/**
 * Ends everything that a credential opened when the credential ends: revoked, signed out, expired, its user locked or
 * given another role. A change on this server is looked up at once, a change elsewhere within a second.
 *
 * Over 100 lines: accesses and look-ups share the entries.
 */
export function createOpenAccess({
  identity,
  logger,
  maxConnectionsPerUser: limit,
  onTooMany,
  monotonicMs = () => performance.now(),
}: OpenAccessDeps): OpenAccess {
  const entries = new Set<Entry>();
  let changes = 0;
  const check = shareNextRun(lookUp);

  /** False when the look-up failed; never rejects. */
  async function lookUp(): Promise<boolean> {
    const asked = [...entries];
    const seenChanges = changes;
    const checkedAtMs = monotonicMs();
    try {
      const current = await identity.findCurrent(asked.map(({ actor }) => actor));
      for (const entry of asked) {
        const refusal = findRefusal(entry.actor, current.get(entry.actor.credentialId));
        if (refusal !== undefined) revoke(entry, refusal);
        else if (entry.state.state === 'good') entry.state = { state: 'good', seenChanges, checkedAtMs };
      }
      return true;
    } catch (error) {
      // Requests of these credentials wait or fail until a look-up succeeds; the next one is within a second.
      logger.warn({ err: error }, 'the credentials of open connections could not be looked up');
      return false;
    }
  }

  function revoke(entry: Entry, refusal: CspError): void {
    if (entry.state.state === 'ended' || !entries.has(entry)) return;
    entry.state = { state: 'ended', refusal };
    const { userId, credentialId } = entry.actor;
    logger.debug({ user_id: userId, credential_id: credentialId }, 'a credential ended while it was in use');
    entry.end?.(refusal);
  }

  const unsubscribe = identity.onChanged(() => {
    changes += 1;
    if (entries.size > 0) void check();
  });
  let timer: NodeJS.Timeout | undefined;

  return {
    open(actor) {
      const entry: Entry = {
        actor,
        state: { state: 'good', seenChanges: changes, checkedAtMs: monotonicMs() },
        end: undefined,
        isConnection: false,
        asking: 0,
      };
      let closed = false;
      entries.add(entry);
      return {
        actor,
        hold() {
          if (entry.isConnection || closed) return;
          assertMayConnect(entries, actor, { limit, onTooMany });
          entry.isConnection = true;
        },
        get refusal() {
          return entry.state.state === 'ended' ? entry.state.refusal : undefined;
        },
        async assertAllowed() {
          // Frames that a client sent before it disconnected are carried out too, so its credential is looked up.
          entries.add(entry);
          entry.asking += 1;
          try {
            for (let isChecked = false; ; isChecked = true) {
              const { state } = entry;
              if (state.state === 'ended') throw state.refusal;
              // A look-up that began after the call counts as fresh, however long it took.
              const isFresh = isChecked || monotonicMs() - state.checkedAtMs <= MAX_AGE_MS;
              if (isFresh && state.seenChanges === changes) return;
              if (!(await check())) {
                throw new CspError('storage_unavailable', 'The credential could not be looked up. Try again soon.', {
                  retryAfterMs: 1000,
                });
              }
            }
          } finally {
            entry.asking -= 1;
            if (closed && entry.asking === 0) entries.delete(entry);
          }
        },
        onRevoked(end) {
          entry.end = end;
          if (entry.state.state === 'ended') end(entry.state.refusal);
        },
        close() {
          closed = true;
          entry.isConnection = false;
          if (entry.asking === 0) entries.delete(entry);
        },
      };
    },
    start() {
      timer ??= setInterval(() => {
        if (entries.size > 0) void check();
      }, CHECK_INTERVAL_MS);
      timer.unref();
    },
    close() {
      clearInterval(timer);
      unsubscribe();
    },
  };
}

/** @throws CspError `rate_limited` when the user of this credential has `limit` connections already. */
function assertMayConnect(
  entries: ReadonlySet<Entry>,
  { userId }: Actor,
  { limit, onTooMany }: { limit: number; onTooMany: OpenAccessDeps['onTooMany'] },
): void {
  let connections = 0;
  for (const each of entries) if (each.isConnection && each.actor.userId === userId) connections += 1;
  if (connections < limit) return;
  onTooMany?.();
  throw new CspError(
    'rate_limited',
    `You have ${connections} connections, and may have ${limit} at the same time. Close some first`,
    { details: { limit, connections }, retryAfterMs: 5000 },
  );
}

function findRefusal(opened: Actor, now: Actor | undefined): CspError | undefined {
  if (now === undefined)
    return new CspError('authentication_required', 'Your sign-in or API key is not valid any more. Sign in again.');
  if (now.userId !== opened.userId || now.role !== opened.role)
    return new CspError('authentication_required', 'The role of your account has changed. Sign in again.');
  return undefined;
}
