import { CspError, type Person } from '@claude-sdk-pattern/protocol';
import type { LocalFolderResource, SessionResourceItem } from '@claude-sdk-pattern/protocol/v1';

import type { FolderLease } from '../../store/folder-leases.ts';
import type { Repositories } from '../../store/port.ts';

type LeaseStore = Pick<Repositories, 'folderLeases' | 'sessions' | 'shares'>;

/** Longer than a process takes to end once its session was archived. */
const LEFT_MS = 60_000;

/** A resource that works in the folder itself. */
export function isDirect(item: SessionResourceItem): item is LocalFolderResource {
  return item.type === 'local_folder' && item.mode === 'direct';
}

/**
 * Takes a folder for a session that works in it itself; one that has it keeps it. Also inside of a transaction.
 * @throws CspError `state_conflict` where another session has it; see `describeHeld`
 */
export async function takeFolder(
  store: Pick<LeaseStore, 'folderLeases' | 'sessions'>,
  { id: resourceId, path }: Pick<LocalFolderResource, 'id' | 'path'>,
  { sessionId, nowMs }: { sessionId: string; nowMs: number },
): Promise<void> {
  const take = () => store.folderLeases.take({ resourceId, path, sessionId });
  const held = await take();
  if (held === undefined) return;
  const holder = await store.sessions.find(held.sessionId);
  const isLeft =
    holder === undefined || (holder.archivedAt !== null && nowMs - Date.parse(holder.archivedAt) > LEFT_MS);
  if (isLeft) {
    await store.folderLeases.release(held.resourceId);
    if ((await take()) === undefined) return;
  }
  throw toHeld(path, held, { who: 'another session', title: null });
}

/** The error of `takeFolder` with who has the folder, as far as the person may know; any other error as it is. */
export async function describeHeld(
  { store, findUsers }: { store: LeaseStore; findUsers(ids: readonly string[]): Promise<Map<string, Person>> },
  error: unknown,
  userId: string,
): Promise<unknown> {
  const held =
    error instanceof CspError
      ? (error.details?.['lease'] as (FolderLease & { wanted: string }) | undefined)
      : undefined;
  if (held === undefined) return error;
  const holder = await store.sessions.find(held.sessionId);
  const isOwn = holder?.ownerId === userId;
  const isShared = isOwn || (await store.shares.list(held.sessionId)).some((share) => share.userId === userId);
  const person = holder && (await findUsers([holder.ownerId])).get(holder.ownerId);
  return toHeld(held.wanted, held, {
    who: isOwn ? 'another session of yours' : `a session of ${person?.name ?? 'somebody'}`,
    title: isShared ? (holder?.title ?? null) : null,
    details: { holder: person?.name ?? null, since: held.takenAt, ...(isShared && { session_id: held.sessionId }) },
  });
}

function toHeld(
  wanted: string,
  lease: FolderLease,
  { who, title, details }: { who: string; title: string | null; details?: Record<string, unknown> },
): CspError {
  const { path, takenAt } = lease;
  const what = path === wanted ? `The folder ${path}` : `The folder ${path}, which overlaps with ${wanted},`;
  const named = title === null ? who : `${who}, “${title}”,`;
  const since = `${takenAt.slice(0, 16).replace('T', ' ')} UTC`;
  return new CspError(
    'state_conflict',
    `${what} is used directly by ${named} since ${since}. It is free when that session is archived or deleted. Or choose a copy`,
    { details: { field: 'path', ...(details ?? { lease: { ...lease, wanted } }) } },
  );
}
