import type { Readable } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { JsonObject } from '../audit/canonical-json.ts';
import { toFactActor, toKeyDetails } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { Session } from '../store/sessions.ts';
import type { Workspace } from '../workspaces/workspaces.ts';
import type { WriteOptions } from '../workspaces/workspace-files.ts';
import { createDiskRoom, type DiskRoomDeps } from './disk-room.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';

export interface SessionFilesDeps extends Pick<SessionDeps, 'audit' | 'workspaces'>, DiskRoomDeps {
  access: Pick<SessionAccess, 'get'>;
  assertServing(): void;
  /** Awaited before the files of a session change. */
  beforeChange?(sessionId: string, userId: string): Promise<void> | undefined;
}

export interface WrittenInWorkspace {
  path: string;
  sizeBytes: number;
  version: string;
}

/**
 * What people do by hand with the files of a session. Each change is in the audit log before it begins. Every method throws
 * `not_found` for a session that the actor may not see, and for what is not there; what changes something throws
 * `permission_denied` for who may only look, and `state_conflict` for an archived session.
 */
export interface SessionFiles {
  /** The workspace, to look at. Its folder exists only after something needed it. */
  find(actor: Actor, sessionId: string): Promise<Workspace>;
  /**
   * Writes a file as a whole, never over a version that the caller has not seen.
   * @param options `bytes` is the announced size
   * @throws CspError `version_conflict`, `too_large`, `quota_exceeded`
   */
  write(
    actor: Actor,
    sessionId: string,
    options: WriteOptions & { path: string; bytes: number },
  ): Promise<WrittenInWorkspace>;
  makeFolder(actor: Actor, sessionId: string, path: string): Promise<{ path: string }>;
  /** @throws CspError `state_conflict` where the new name is taken */
  move(actor: Actor, sessionId: string, paths: { from: string; to: string }): Promise<{ path: string }>;
  /** A folder with all that is in it. */
  remove(actor: Actor, sessionId: string, path: string): Promise<void>;
  /** A folder as a .zip, packed while it is read. @throws CspError `too_large`, `overloaded` */
  download(actor: Actor, sessionId: string, path: string): Promise<Readable>;
}

/** Packing takes processor time of the whole server. */
const MAX_DOWNLOADS = 4;
/** A client that does not read keeps its place for as long as it likes. */
const MAX_DOWNLOADS_OF_ONE = 2;

export function createSessionFiles(deps: SessionFilesDeps): SessionFiles {
  const { audit, workspaces, access } = deps;
  const room = createDiskRoom(deps);
  /** By the ids of the people who download. */
  const downloads: string[] = [];

  const findForChange = async (actor: Actor, sessionId: string): Promise<Session> => {
    deps.assertServing();
    const { session } = await access.get(actor, 'session.change_files', sessionId);
    if (session.archivedAt !== null)
      throw new CspError('state_conflict', `Session ${sessionId} is archived. Unarchive it first`);
    return session;
  };

  /** Does it, and once more where the session has taken over the folders of a spare meanwhile. */
  const change = async <T>(
    actor: Actor,
    { sessionId, details, once = false }: { sessionId: string; details: JsonObject; once?: boolean },
    work: (workspace: Workspace, session: Session) => Promise<T>,
  ): Promise<T> => {
    const session = await findForChange(actor, sessionId);
    const target = { type: 'session', id: sessionId } as const;
    const intent = {
      ...({ actor: toFactActor(actor), action: 'session.change_files', target } as const),
      details: { ...details, ...toKeyDetails(actor) },
    };
    return audit.during(intent, async () => {
      const workspace = workspaces.of(session.agentSessionId);
      await workspace.make();
      await deps.beforeChange?.(sessionId, actor.userId);
      const done = await work(workspace, session);
      const { agentSessionId } = await findForChange(actor, sessionId);
      if (agentSessionId === session.agentSessionId) return done;
      const now = workspaces.of(agentSessionId);
      await now.moveIn(workspace);
      if (once) return done;
      return work(now, session).catch((error: unknown) => {
        // It was moved along.
        if (error instanceof CspError) return done;
        throw error;
      });
    });
  };

  return {
    async find(actor, sessionId) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      return workspaces.of(session.agentSessionId);
    },
    async write(actor, sessionId, { path, bytes, ...options }) {
      const details = { change: 'write', path, bytes };
      // A stream cannot be read twice.
      return change(actor, { sessionId, details, once: true }, async (workspace, session) => {
        await room.assertRoom(session, workspace, bytes);
        return found(await workspace.files.write(path, options), `a folder for ${path}`);
      });
    },
    async makeFolder(actor, sessionId, path) {
      return change(actor, { sessionId, details: { change: 'make_folder', path } }, async ({ files }) => ({
        path: found(await files.makeFolder(path), `a folder for ${path}`),
      }));
    },
    async move(actor, sessionId, { from, to }) {
      return change(actor, { sessionId, details: { change: 'move', path: from, to } }, async ({ files }) => ({
        path: found(await files.move(from, to), `${from}, or no folder for ${to}`),
      }));
    },
    async remove(actor, sessionId, path) {
      await change(actor, { sessionId, details: { change: 'delete', path } }, async ({ files }) => {
        if (!(await files.remove(path))) found(undefined, path);
      });
    },
    async download(actor, sessionId, path) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      const { userId } = actor;
      const own = downloads.filter((each) => each === userId).length;
      if (own >= MAX_DOWNLOADS_OF_ONE || downloads.length >= MAX_DOWNLOADS)
        throw new CspError(
          'overloaded',
          own >= MAX_DOWNLOADS_OF_ONE
            ? `You are downloading ${own} workspaces now. Wait for one of them`
            : 'Others are downloading workspaces now. Try again in a moment',
          { retryAfterMs: 5000 },
        );
      downloads.push(userId);
      const end = () => void downloads.splice(downloads.indexOf(userId), 1);
      let archive: Readable | undefined;
      try {
        archive = await workspaces.of(session.agentSessionId).files.zip(path);
        const target = { type: 'session', id: sessionId } as const;
        const opened = found(archive, path === '' ? 'a file' : `a folder ${path}`);
        await audit.record({ actor: toFactActor(actor), action: 'session.download_files', target, details: { path } });
        opened.once('close', end);
        return opened;
      } catch (error) {
        archive?.destroy();
        end();
        throw error;
      }
    },
  };
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new CspError('not_found', `There is no ${name.replace(/^a /, '')} in the workspace`);
  return value;
}
