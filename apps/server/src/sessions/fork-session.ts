import { randomUUID } from 'node:crypto';
import { cp } from 'node:fs/promises';

import { CspError, createId } from '@claude-sdk-pattern/protocol';

import { deleteSessionDirs, makeSessionDirs, toSessionDirs, type SessionDirs } from '../agent-process/session-dirs.ts';
import { markUnclaimed } from '../agent-process/unclaimed-dirs.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewEvent, StoredEvent } from '../store/events.ts';
import type { Session } from '../store/sessions.ts';
import type { TranscriptEntry } from '../store/transcripts.ts';
import { claimRequest, findAnswer, rethrowUnlessAnswered, type RequestIdentity } from './request-identity.ts';
import type { SessionDeps } from './session-deps.ts';
import { claimFolders } from './session-folders.ts';
import { stampEvent } from './stamp-event.ts';

export interface ForkOptions {
  /** An event of the turn to fork after; the last finished turn when absent. */
  afterEventId?: string;
  title?: string;
  identity?: RequestIdentity;
}

/**
 * Makes a new session with the journal, the transcript and a copy of the workspace up to the end of a turn. Files are
 * those of now: the workspace has no history.
 * @throws CspError `not_found` without such an event, `state_conflict` when its turn has not ended.
 */
export async function forkSession(deps: SessionDeps, source: Session, options: ForkOptions): Promise<Session> {
  const { store, clock, dataDir } = deps;
  const { identity, title, afterEventId } = options;
  const answer = identity && (await findAnswer<{ session_id: string }>(store, identity));
  if (answer) return findFork(deps, answer.session_id);
  const end = await findEndOfTurn(deps, source, afterEventId);
  const transcript = await readTranscript(deps, source, end.seq);
  const agentSessionId = randomUUID();
  const id = createId('sesn', clock.now());
  const dirs = toSessionDirs(dataDir, agentSessionId);
  try {
    await markUnclaimed(dataDir, agentSessionId);
    // Before the fork can be found: it has its files, or there is none.
    await copyWorkspace(toSessionDirs(dataDir, source.agentSessionId), dirs);
    await store.transaction(async (transaction) => {
      if (identity) await claimRequest(transaction, identity);
      await transaction.sessions.create({
        id,
        ownerId: source.ownerId,
        agentId: source.agentId,
        agentVersion: source.agentVersion,
        agent: source.agent,
        environmentId: source.environmentId,
        permissionMode: source.permissionMode,
        agentSessionId,
        parentSessionId: source.id,
        title: title ?? (source.title === null ? null : `${source.title} (fork)`),
        titleSource: title === undefined ? 'auto' : 'user',
        model: source.model,
        metadata: source.metadata,
        stopReason: { type: 'end_turn' },
      });
      await transaction.events.copy({ fromSessionId: source.id, toSessionId: id, throughSeq: end.seq });
      if (end.seq > 0) await transaction.events.append(id, NEW_FENCE, [toNoUsage(clock)]);
      for (const { subpath, entries } of transcript) {
        await transaction.transcripts.append(
          { sessionId: agentSessionId, ...(subpath !== undefined && { subpath }) },
          entries.map((entry) => ({ ...entry, ...('sessionId' in entry && { sessionId: agentSessionId }) })),
        );
      }
      if (identity) await transaction.idempotency.complete(identity, { session_id: id });
    });
  } catch (error) {
    // A commit whose flush has failed stands all the same.
    const isStored = await store.sessions.find(id).then(
      (session) => session !== undefined,
      () => true,
    );
    if (!isStored) await deleteSessionDirs(dataDir, { agentSessionId });
    return findFork(deps, rethrowUnlessAnswered<{ session_id: string }>(error).session_id);
  }
  await claimFolders(dataDir, { id, agentSessionId });
  return findFork(deps, id);
}

/** A session that nobody has owned yet. */
const NEW_FENCE = 0;

/** What the copied turns cost was paid by their own session: the fork's count begins anew. */
function toNoUsage(clock: Clock): NewEvent {
  const usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, active_seconds: 0 };
  const body = stampEvent(clock, { type: 'session.usage', cost_usd: 0, usage });
  return { id: body.id, type: body.type, body };
}

async function findFork({ store }: SessionDeps, id: string): Promise<Session> {
  const session = await store.sessions.find(id);
  if (session === undefined) throw new CspError('not_found', `The fork ${id} was deleted`);
  return session;
}

async function copyWorkspace(from: SessionDirs, to: SessionDirs): Promise<void> {
  await makeSessionDirs(to);
  await cp(from.workspace, to.workspace, { recursive: true, force: true }).catch((error: unknown) => {
    // A source without a workspace has never had a process.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

const TURN_END = ['session.status_idle'];

async function findEndOfTurn(
  deps: SessionDeps,
  source: Session,
  afterEventId: string | undefined,
): Promise<{ seq: number }> {
  const { events } = deps.store;
  const isEnd = ({ body }: StoredEvent) =>
    body.type === 'session.status_idle' && body.stop_reason.type !== 'requires_action';
  if (afterEventId === undefined) {
    const ends = await events.list(source.id, { types: TURN_END, order: 'desc', limit: 100 });
    return ends.find(isEnd) ?? { seq: 0 };
  }
  const event = await events.find(source.id, afterEventId);
  if (event === undefined) throw new CspError('not_found', `Session ${source.id} has no event ${afterEventId}`);
  const ends = await events.list(source.id, { types: TURN_END, after: event.seq - 1, order: 'asc', limit: 100 });
  const end = ends.find(isEnd);
  if (end === undefined)
    throw new CspError('state_conflict', `The turn of ${afterEventId} has not ended. Wait, or fork at an earlier turn`);
  return end;
}

/** The transcript up to the message that the first later turn took; whole when there is none. */
async function readTranscript(
  deps: SessionDeps,
  source: Session,
  throughSeq: number,
): Promise<{ subpath?: string; entries: TranscriptEntry[] }[]> {
  const { transcripts, events, queue } = deps.store;
  const key = { sessionId: source.agentSessionId };
  if (throughSeq === 0) return [];
  const main = (await transcripts.load(key)) ?? [];
  const [later] = await events.list(source.id, {
    types: ['session.turn_started'],
    after: throughSeq,
    order: 'asc',
    limit: 1,
  });
  const messageId = later?.body.type === 'session.turn_started' ? later.body.message_ids[0] : undefined;
  const cutUuid = messageId === undefined ? undefined : (await queue.find(messageId))?.agentMessageUuid;
  const cut = cutUuid === undefined ? -1 : main.findIndex((entry) => entry.uuid === cutUuid);
  const result: { subpath?: string; entries: TranscriptEntry[] }[] = [
    { entries: cut === -1 ? main : main.slice(0, cut) },
  ];
  for (const subpath of await transcripts.listSubkeys(key)) {
    result.push({ subpath, entries: (await transcripts.load({ ...key, subpath })) ?? [] });
  }
  return result;
}
