import { createId, CspError, type WorkspaceTrustPlace, type WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';

import { toFactActor, type AuditAction } from '../../audit/fact.ts';
import { toDigestOf } from '../../audit/canonical-json.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Session } from '../../store/sessions.ts';
import type { WorkspaceTrust } from '../../store/workspace-trusts.ts';
import { readBrought, type Brought } from '../../workspaces/brought/read-brought.ts';
import { readInstructions } from '../../workspaces/brought/read-instructions.ts';
import type { LiveSession } from '../live/live-session.ts';
import type { SessionAccess } from '../session-access.ts';
import type { SessionDeps } from '../session-deps.ts';
import { listTrustPlaces, toReadPlace, type TrustPlace } from './trust-places.ts';
import { createReviewBound } from './bound-review.ts';
import { findUnconfinedRefusal } from './unconfined-refusal.ts';

export interface SessionTrustDeps extends Pick<SessionDeps, 'store' | 'audit' | 'workspaces' | 'clock' | 'confines'> {
  access: Pick<SessionAccess, 'get'>;
  /** Those that this server has in memory. */
  served(): Iterable<LiveSession>;
}

/** What people let run of what workspaces bring. Every method throws `not_found` for a session that the actor may not see. */
export interface SessionTrust {
  review(actor: Actor, sessionId: string): Promise<WorkspaceTrustReview>;
  /**
   * Lets run, from the next process on, what the actor saw.
   * @throws CspError `state_conflict` where it is other content by now, and for what cannot be trusted; `permission_denied` where nothing
   * confines it, for who is no administrator
   */
  trust(actor: Actor, sessionId: string, digest: string): Promise<WorkspaceTrustReview>;
  /** Takes it back; a process that has it is replaced. */
  withdraw(actor: Actor, sessionId: string): Promise<void>;
  /** Of the actor, the newest first. */
  list(actor: Actor): Promise<WorkspaceTrust[]>;
  /** @throws CspError `not_found` */
  withdrawById(actor: Actor, id: string): Promise<void>;
}

interface Seen extends TrustPlace {
  brought: Brought | undefined;
  instructions: readonly string[];
}

export function createSessionTrust(deps: SessionTrustDeps): SessionTrust {
  const { store, audit, access, workspaces, clock, confines } = deps;
  const findRefusal = (actor: Actor) => (confines ? undefined : findUnconfinedRefusal(actor));

  const look = async (session: Session): Promise<Seen[]> => {
    const { workspace } = workspaces.of(session.agentSessionId).dirs;
    const bound = createReviewBound();
    const seen: Seen[] = [];
    // One after the other: no more than one of them is in memory beside what is shown.
    for (const place of listTrustPlaces(session)) {
      const brought = await readBrought(...toReadPlace(place, workspace));
      const instructions = await readInstructions(...toReadPlace(place, workspace));
      seen.push({
        ...place,
        brought: brought && bound({ ...brought, files: [] }),
        instructions: instructions?.paths ?? [],
      });
    }
    return seen;
  };

  const describe = async (actor: Actor, session: Session, seen: readonly Seen[]): Promise<WorkspaceTrustReview> => {
    const refusal = findRefusal(actor);
    const trusts = new Map((await store.workspaceTrusts.list(session.ownerId)).map((each) => [each.identity, each]));
    const places = seen
      .filter(({ brought, instructions }) => brought !== undefined || instructions.length > 0)
      .map((each) => toPlace(each, trusts.get(each.identity)))
      .map((place) => ({ ...place, problem: place.problem ?? (place.state === 'nothing' ? null : (refusal ?? null)) }));
    const asked = places.filter(({ state }) => state !== 'nothing');
    return {
      ...{ type: 'workspace_trust', session_id: session.id, digest: toDigest(seen), places },
      is_trusted: asked.length > 0 && asked.every(({ state }) => state === 'trusted'),
    };
  };

  const record = (action: AuditAction, actor: Actor, { identity, ...details }: { identity: string; digest: string }) =>
    audit.record({
      ...{ actor: toFactActor(actor), action, target: { type: 'repository', id: identity } },
      details,
    });

  /** Processes of the person that have it, or would get it, start anew. */
  const replaceProcesses = (actor: Actor, identities: ReadonlySet<string>) =>
    Promise.all(
      [...deps.served()]
        .filter(({ session }) => session.ownerId === actor.userId)
        .filter(({ session }) => listTrustPlaces(session).some(({ identity }) => identities.has(identity)))
        .map((live) => live.hibernateWhenIdle('requested')),
    );

  const withdrawOne = async (actor: Actor, place: { id: string } | { identity: string }) => {
    const gone = await store.workspaceTrusts.delete({ userId: actor.userId, ...place });
    if (gone === undefined) return undefined;
    await record('workspace.distrust', actor, gone);
    return gone.identity;
  };

  return {
    async review(actor, sessionId) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      return describe(actor, session, await look(session));
    },

    async trust(actor, sessionId, digest) {
      const { session } = await access.get(actor, 'session.trust_workspace', sessionId);
      const refusal = findRefusal(actor);
      if (refusal !== undefined) throw new CspError('permission_denied', refusal);
      const seen = await look(session);
      if (toDigest(seen) !== digest)
        throw new CspError(
          'state_conflict',
          'What the workspace brings has changed since you looked at it. Look at it again',
        );
      const problem = seen.find(({ brought }) => (brought?.problem ?? null) !== null)?.brought?.problem;
      if (problem != null) throw new CspError('state_conflict', problem);
      const identities = new Set<string>();
      for (const { identity, brought } of seen) {
        if (brought?.digest == null) continue;
        const put = { userId: actor.userId, identity, digest: brought.digest, counts: count(brought) };
        await record('workspace.trust', actor, put);
        await store.workspaceTrusts.put({ id: createId('trust', clock.now()), ...put });
        identities.add(identity);
      }
      await replaceProcesses(actor, identities);
      return describe(actor, session, seen);
    },

    async withdraw(actor, sessionId) {
      const { session } = await access.get(actor, 'session.trust_workspace', sessionId);
      const gone = new Set<string>();
      for (const { identity } of listTrustPlaces(session))
        if ((await withdrawOne(actor, { identity })) !== undefined) gone.add(identity);
      await replaceProcesses(actor, gone);
    },

    list: (actor) => store.workspaceTrusts.list(actor.userId),

    async withdrawById(actor, id) {
      const identity = await withdrawOne(actor, { id });
      if (identity === undefined) throw new CspError('not_found', `You have no trust ${id}`);
      await replaceProcesses(actor, new Set([identity]));
    },
  };
}

/** Of all that would run in the session; what has nothing that runs changes nothing. */
function toDigest(seen: readonly Seen[]): string {
  return toDigestOf(
    seen.flatMap(({ identity, brought }) => (brought?.digest == null ? [] : [[identity, brought.digest]])),
  );
}

function toPlace(
  { repositoryUrl, folder, brought, instructions }: Seen,
  trust: WorkspaceTrust | undefined,
): WorkspaceTrustPlace {
  const runs = brought?.digest ?? null;
  const state =
    runs === null ? 'nothing' : trust === undefined ? 'untrusted' : trust.digest === runs ? 'trusted' : 'changed';
  return {
    ...{ repository_url: repositoryUrl, folder, state, instructions: [...instructions] },
    ...{ items: brought?.items ?? [], problem: brought?.problem ?? null },
  };
}

/** Of each kind that runs. */
function count({ items }: Brought): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, runs } of items) if (runs) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
