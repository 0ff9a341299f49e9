import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

import { CspError, createId } from '@claude-sdk-pattern/protocol';

import type { RepositoryResource, SessionResourceItem } from '@claude-sdk-pattern/protocol/v1';

import { may } from '../access/may.ts';
import { findRelation } from '../access/relation.ts';
import { toFactActor } from '../audit/fact.ts';
import type { CopiedTree } from '../agent-files/copy-tree.ts';
import { DEFAULT_ENVIRONMENT_ID } from '../definitions/defaults.ts';
import type { Workspace } from '../workspaces/workspaces.ts';
import type { Actor } from '../identity/actor.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewEvent } from '../store/event-rows.ts';
import type { StoredEvent } from '../store/events.ts';
import type { Fork } from '../store/forks.ts';
import type { Store } from '../store/port.ts';
import type { DiskUse } from '../store/disk-use.ts';
import type { Session } from '../store/sessions.ts';
import { createStepSize } from '../store/step-size.ts';
import type { TranscriptKey } from '../store/transcripts.ts';
import { assertMayStore } from './quotas.ts';
import { claimRequest, findAnswer, rethrowUnlessAnswered, type RequestIdentity } from '../turns/request-identity.ts';
import { toRelativePath } from './resources/new-resources.ts';
import { isDirect } from './resources/take-folder.ts';
import { assertFits } from './disk-room.ts';
import type { SessionDeps } from './session-deps.ts';
import { stampEvent } from '../journal/stamp-event.ts';

export interface ForkOptions {
  /** Who forks, and owns the fork. */
  actor: Actor;
  /** An event of the last turn that the fork gets; without it, the last finished turn. */
  afterEventId?: string;
  title?: string;
  identity?: RequestIdentity;
  /** Called while files are copied; an error that it throws ends the fork. */
  assertServing?: () => void;
}

/**
 * Makes a new session with the journal and the transcript up to the end of a turn, and a copy of the workspace as it
 * is now: the workspace has no history. Everything is copied in steps before the fork becomes visible, so a fork is
 * complete or does not exist.
 * @throws CspError `not_found` for an unknown event, `state_conflict` when its turn has not ended, `quota_exceeded`
 * when the files are larger than a session may have, `permission_denied` when the account was locked or removed meanwhile,
 * and for the session of somebody else that has a private repository.
 */
export async function forkSession(deps: SessionDeps, source: Session, options: ForkOptions): Promise<Session> {
  const { store, audit, clock, workspaces, nodeId, placeId } = deps;
  const { actor, identity, title, afterEventId } = options;
  const ownerId = actor.userId;
  const answer = identity && (await findAnswer<{ session_id: string }>(store, identity));
  if (answer) return findFork(deps, answer.session_id);
  // Checked here before anything is copied, and again where the fork is stored.
  await assertMayStore(store, ownerId, deps.quotas);
  if (source.ownerId !== ownerId) await assertNothingPrivate(deps, source);
  const use = await assertRoomForFork(deps, { source, ownerId });
  const end = await findEndOfTurn(deps, source, afterEventId);
  const agentSessionId = randomUUID();
  const id = createId('sesn', clock.now());
  const fork = { sessionId: id, agentSessionId };
  const workspace = workspaces.of(agentSessionId);
  // One session at a time has the folder itself.
  const direct = source.resources.filter(isDirect);
  const kept = source.resources.filter((each) => !isDirect(each));
  try {
    await workspace.mark();
    const { leftOut, leftOutCount } = await copyWorkspace(deps, source, {
      to: workspace,
      assertServing: options.assertServing,
    });
    const states = await copyStates(deps, source, {
      ...{ to: agentSessionId, throughSeq: end.seq, assertServing: options.assertServing },
    });
    for (const { path, ...resource } of direct)
      await deps.mounting.localFolders.unlink({
        ...{ workspaceDir: workspace.dirs.workspace, mountPath: toRelativePath(resource), path },
      });
    await store.forks.begin({ ...fork, nodeId });
    await copyHistory(store, { source, fork, throughSeq: end.seq });
    await store.transaction(async (transaction) => {
      if (identity) await claimRequest(transaction, identity, { session_id: id });
      await assertMayStore(transaction, ownerId, deps.quotas);
      await deps.assertActive(transaction.database, ownerId);
      // A deleted transcript reads as empty: the copy is complete only if the source session still exists.
      if ((await transaction.sessions.find(source.id)) === undefined) throw toDeleted(source);
      await transaction.forks.finish(id);
      await transaction.sessions.create({
        id,
        ownerId,
        agentId: source.agentId,
        agentVersion: source.agentVersion,
        agent: source.agent,
        environmentId: await findEnvironment(transaction, source, actor),
        // Whoever forks a session of somebody else has chosen no mode yet.
        permissionMode: source.ownerId === ownerId ? source.permissionMode : 'default',
        agentSessionId,
        parentSessionId: source.id,
        title: title ?? (source.title === null ? null : `${source.title} (fork)`),
        titleSource: title === undefined ? 'auto' : 'user',
        model: source.model,
        metadata: source.metadata,
        // They are the owner's, and for nobody else.
        vaultIds: source.ownerId === ownerId ? source.vaultIds : [],
        resources: source.ownerId === ownerId ? kept : kept.map(withoutSecret),
        stopReason: { type: 'end_turn' },
      });
      const target = { type: 'session', id } as const;
      const details = { source_session_id: source.id };
      await audit.record({ actor: toFactActor(actor), action: 'session.fork', target, details }, transaction);
      // The credentials of a person are for nobody else.
      if (source.ownerId === ownerId)
        await deps.mounting.credentials.copy(transaction.secrets, source.id, id, source.resources);
      await transaction.events.adoptCopied(id);
      await transaction.files.copyToSession({ from: source.id, to: id });
      await transaction.workspaceStates.copyToSession({ from: source.id, to: id, placeId, throughOrdinal: states });
      await transaction.mcpApps.copyToSession({ from: source.id, to: id });
      const added = [
        ...(end.seq > 0 ? [toNoUsage(clock)] : []),
        ...direct.map(({ path }) => toNotice(clock, toDirectText(path))),
        ...(leftOutCount > 0 ? [toNotice(clock, toLeftOutText(leftOut, leftOutCount))] : []),
      ];
      if (added.length > 0) await transaction.events.append(id, NEW_FENCE, added);
    });
  } catch (error) {
    // After a failed flush the commit still stands.
    const isStored = await store.sessions.find(id).then(
      (session) => session !== undefined,
      () => true,
    );
    if (!isStored) await abandon(deps, fork);
    return findFork(deps, rethrowUnlessAnswered<{ session_id: string }>(error).session_id);
  }
  await workspace.claimIfMarked(id);
  // About as much as its source, until it is measured itself.
  if (use) await store.diskUse.note({ id, placeId }, use);
  return findFork(deps, id);
}

/** The environment of the source; the default one for who may not use it. */
async function findEnvironment(
  { environments }: Pick<Store, 'environments'>,
  source: Session,
  actor: Actor,
): Promise<string> {
  if (source.ownerId === actor.userId) return source.environmentId;
  const environment = await environments.find(source.environmentId);
  const relation = environment === undefined ? 'none' : findRelation(actor, environment);
  return may(actor, 'environment.read', relation) ? source.environmentId : DEFAULT_ENVIRONMENT_ID;
}

/** A fork gets the whole repository, of which whoever sees the session has seen the files of one commit. */
async function assertNothingPrivate({ mounting }: Pick<SessionDeps, 'mounting'>, source: Session): Promise<void> {
  for (const resource of source.resources) {
    if (!('url' in resource)) continue;
    // A secret that cannot be read opened it before.
    const credential = await mounting.credentials.find(source, resource).catch(() => null);
    if (credential === undefined) continue;
    const message = `${resource.url} was opened with the credential of the session's owner. Only they can fork the session`;
    throw new CspError('permission_denied', message);
  }
}

function withoutSecret(item: SessionResourceItem): SessionResourceItem {
  return 'url' in item ? { ...item, secret: null } : item;
}

/** The fence of a session that no server has held. */
const NEW_FENCE = 0;

/** The source session has the cost of the copied turns: the fork's own count begins at zero. */
function toNoUsage(clock: Clock): NewEvent {
  const usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, active_seconds: 0 };
  const body = stampEvent(clock, { type: 'session.usage', cost_usd: 0, usage });
  return { id: body.id, type: body.type, body };
}

function toNotice(clock: Clock, text: string): NewEvent {
  const body = stampEvent(clock, { type: 'session.notice', level: 'warning', text });
  return { id: body.id, type: body.type, body };
}

/** Folders that cannot be removed now are removed at the next start. */
async function abandon({ store, workspaces, logger }: SessionDeps, fork: Fork): Promise<void> {
  const done = await Promise.allSettled([store.forks.abandon(fork), workspaces.of(fork.agentSessionId).delete()]);
  for (const each of done) {
    if (each.status === 'rejected')
      logger.warn({ err: each.reason as unknown }, 'a cut fork is removed at the next start');
  }
}

async function findFork({ store }: SessionDeps, id: string): Promise<Session> {
  const session = await store.sessions.find(id);
  if (session === undefined) throw new CspError('not_found', `The fork ${id} was deleted. Fork the session again`);
  return session;
}

/** What the source takes, as last measured here. @throws CspError `quota_exceeded` where its copy would be more than its owner may have */
async function assertRoomForFork(
  { store, placeId, disk, userDisk }: SessionDeps,
  { source, ownerId }: { source: Session; ownerId: string },
): Promise<DiskUse | undefined> {
  const use = await store.diskUse.find({ id: source.id, placeId });
  if (use === undefined) return undefined;
  assertFits({ bytes: 0, entries: 0 }, { limits: disk, ...use, whose: 'the session' });
  const whose = 'all your sessions together with this fork';
  assertFits(await store.diskUse.sumOfUser(ownerId), { limits: userDisk, ...use, whose });
  return use;
}

function copyWorkspace(
  { store, workspaces, disk }: SessionDeps,
  source: Session,
  { to, assertServing }: { to: Workspace; assertServing: (() => void) | undefined },
): Promise<CopiedTree> {
  return to.copyFrom(workspaces.of(source.agentSessionId), {
    maxBytes: disk.maxBytes,
    repositories: source.resources.flatMap((each) => ('url' in each ? listPaths(each) : [])),
    async assertWanted() {
      assertServing?.();
      if ((await store.sessions.find(source.id)) === undefined) throw toDeleted(source);
    },
  });
}

/**
 * Copies what is recorded of the source's files on this server, and returns the ordinal of the last state that the fork gets; 0 for
 * none. What is recorded meanwhile is not among them, because its files may be missing in the copy.
 */
async function copyStates(
  { store, histories, placeId }: SessionDeps,
  source: Session,
  { to, throughSeq, assertServing }: { to: string; throughSeq: number; assertServing: (() => void) | undefined },
): Promise<number> {
  if (histories === undefined) return 0;
  const [started] = await store.events.list(source.id, {
    ...{ types: ['session.turn_started'], before: throughSeq + 1, order: 'desc', limit: 1 },
  });
  const turn = started?.body.type === 'session.turn_started' ? started.body.turn : 0;
  const states = await store.workspaceStates.list(source.id);
  const last = states.findLast((each) => each.placeId === placeId && each.turn <= turn);
  await histories.copy({ from: source.agentSessionId, to }, { assertWanted: () => assertServing?.() });
  return last?.ordinal ?? 0;
}

function toDeleted({ id }: Session): CspError {
  return new CspError('not_found', `Session ${id} was deleted meanwhile`);
}

function toDirectText(path: string): string {
  return `The folder ${path} stays with the session that was forked, which works in it directly. Add a copy of it, or the folder once it was given back.`;
}

function toLeftOutText(leftOut: readonly string[], count: number): string {
  const more = count > leftOut.length ? `, and ${count - leftOut.length} more` : '';
  const names = `${leftOut.join(', ')}${more}`;
  return `Some files were not copied, because they are pipes, sockets or devices, cannot be read, or are too large: ${names}.`;
}

/** A session whose conversation went on from another place has it up to there. */
const TURN_END = ['session.status_idle', 'session.branched'];

async function findEndOfTurn(
  deps: SessionDeps,
  source: Session,
  afterEventId: string | undefined,
): Promise<{ seq: number }> {
  const { events } = deps.store;
  const isEnd = ({ body }: StoredEvent) =>
    body.type === 'session.branched' ||
    (body.type === 'session.status_idle' && body.stop_reason.type !== 'requires_action');
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

interface History {
  source: Session;
  fork: Fork;
  throughSeq: number;
}

/** Copies journal and transcript under the ids of the fork, in steps with pauses for other work. */
async function copyHistory(store: Store, { source, fork, throughSeq }: History): Promise<void> {
  const size = createStepSize(store.kind);
  for (let afterSeq = 0; afterSeq < throughSeq;) {
    const startedAt = performance.now();
    const through = Math.min(afterSeq + size.rows, throughSeq);
    const copied = await store.events.copy({
      ...{ fromSessionId: source.id, toSessionId: fork.sessionId, afterSeq, throughSeq: through },
    });
    if (copied < through - afterSeq) throw toDeleted(source);
    size.note(performance.now() - startedAt);
    afterSeq = through;
    await setImmediate();
  }
  if (throughSeq === 0) return;
  const key = { sessionId: source.agentSessionId };
  const beforeUuid = await findCut(store, source, throughSeq);
  await copyTranscript(store, { from: key, to: fork, through: await store.transcripts.findEnd(key, { beforeUuid }) });
  for (const subpath of await store.transcripts.listSubkeys(key)) {
    const from = { ...key, subpath };
    await copyTranscript(store, { from, to: fork, through: await store.transcripts.findEnd(from) });
  }
}

/**
 * The uuid of the first entry that came later: of the message that the first later turn took, or the mark of a branch. The copied
 * transcript ends before it. Undefined when there is none.
 */
async function findCut({ events, queue }: Store, source: Session, throughSeq: number): Promise<string | undefined> {
  const [later] = await events.list(source.id, {
    types: ['session.turn_started', 'session.branched'],
    after: throughSeq,
    order: 'asc',
    limit: 1,
  });
  if (later?.body.type === 'session.branched') return later.id;
  const messageId = later?.body.type === 'session.turn_started' ? later.body.message_ids[0] : undefined;
  return messageId === undefined ? undefined : (await queue.find(messageId))?.agentMessageUuid;
}

async function copyTranscript(
  { kind, transcripts }: Store,
  { from, to, through }: { from: TranscriptKey; to: Fork; through: number },
): Promise<void> {
  const { agentSessionId } = to;
  const size = createStepSize(kind);
  const { subpath } = from;
  const key = { sessionId: agentSessionId, ...(subpath !== undefined && { subpath }) };
  for (let after = 0; after < through;) {
    const startedAt = performance.now();
    const { entries, position } = await transcripts.loadPart(from, { after, through, limit: size.rows });
    await transcripts.append(
      key,
      entries.map((entry) => ({ ...entry, ...('sessionId' in entry && { sessionId: agentSessionId }) })),
    );
    size.note(performance.now() - startedAt);
    after = position;
    await setImmediate();
  }
}

/** Of a repository and its submodules, relative to the workspace. */
function listPaths(resource: RepositoryResource): string[] {
  const own = toRelativePath(resource);
  return [own, ...(resource.submodules ?? []).map(({ path }) => (own === '' ? path : `${own}/${path}`))];
}
