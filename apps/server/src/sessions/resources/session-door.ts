import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';

import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor, type Fact } from '../../audit/fact.ts';
import { makeRoom } from '../../lib/make-room.ts';
import type { Session } from '../../store/sessions.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { HandPush, TokenHolder } from '../../model-gateway/session-tokens.ts';
import { findDoorTarget, passGitRequest, type DoorTarget } from '../../workspaces/repositories/git-door.ts';
import type { AskRemote } from '../../workspaces/repositories/git-service.ts';
import { judgePush } from '../../workspaces/repositories/judge-push.ts';
import { readPush, toRefusal, type PushRequest } from '../../workspaces/repositories/push-commands.ts';
import { parseRemote, type Remote } from '../../workspaces/repositories/remote.ts';
import { toRemoteError } from '../../workspaces/repositories/repository-error.ts';
import type { ResourceCredentials } from './resource-credentials.ts';

export interface SessionDoorDeps {
  findSession(sessionId: string): Promise<Session | undefined>;
  credentials: ResourceCredentials;
  ask: AskRemote;
  audit: AuditRecorder;
  logger: Logger;
}

/** Of the token. */
interface DoorHolder {
  sessionId: string | null;
  /** What a person pushes by hand. */
  handPush?: HandPush | undefined;
  /** Of a person; with neither it is the agent. */
  terminal?: TokenHolder['terminal'];
}

/** Where git in a session reaches its repositories. */
export interface SessionDoor {
  /** Answers a request of git in a session, whose token was checked. Never rejects. */
  serve(incoming: IncomingMessage, response: ServerResponse, holder: DoorHolder): Promise<void>;
}

/**
 * At once, of one session; git needs one for each command. An agent that sends slowly would keep the connections to a git server from everybody
 * else.
 */
const MAX_REQUESTS = 6;
/** Fetches of which it is remembered that the audit log has them. */
const MAX_FETCHES = 10_000;
/** A fetch that goes on longer is told once more. */
const FETCH_MS = 60 * 60 * 1000;
/** Refs of one push that the audit log names. */
const MAX_TOLD = 20;

/**
 * Passes `git fetch` and `git push` of a session on to the servers of its repositories, and of no others, with the credential of the session's owner,
 * which is looked up for each request. Each fetch and each push is in the audit log before it begins, with its refs. What `judgePush` refuses never
 * reaches the git server.
 */
export function createSessionDoor({ findSession, credentials, ask, audit, logger }: SessionDoorDeps): SessionDoor {
  const requests = new Map<string, number>();
  const count = (key: string, by: 1 | -1) => {
    const next = (requests.get(key) ?? 0) + by;
    if (next === 0) requests.delete(key);
    else requests.set(key, next);
  };
  /** When each was told last, by who fetches what, in milliseconds since an arbitrary moment. */
  const fetches = new Map<string, number>();
  /**
   * Whether the audit log is to have a request. A fetch begins with the list of refs, and goes on with requests that need not follow one. A push begins
   * with what it sends: its list of refs changes nothing, nor does a request without one.
   */
  const isBegun = (
    { service, isAdvertisement }: DoorTarget,
    fetched: string,
    push: PushRequest | undefined,
  ): boolean => {
    if (service === 'git-receive-pack') return push !== undefined && push.commands.length > 0;
    const nowMs = performance.now();
    if (!isAdvertisement && nowMs - (fetches.get(fetched) ?? -Infinity) < FETCH_MS) return false;
    fetches.delete(fetched);
    makeRoom(fetches, MAX_FETCHES);
    fetches.set(fetched, nowMs);
    return true;
  };
  return {
    async serve(incoming, response, { sessionId, handPush, terminal }) {
      const refuse = (status: number, text: string) =>
        void response
          .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
          .end(`${text}\n`);
      try {
        const target = findDoorTarget(incoming);
        if (target === undefined) return refuse(404, 'This is no request of git');
        const session = sessionId === null ? undefined : await findSession(sessionId);
        const remote = readRemote(target);
        const direct = session && remote && findResource(session, remote);
        const found = direct ?? (session && remote && findParent(session, remote));
        const isOther = handPush && (handPush.resourceId !== found?.id || target.service !== 'git-receive-pack');
        const resource = isOther === true ? undefined : found;
        if (session === undefined || remote === undefined || resource === undefined)
          return refuse(403, `${target.url} is no repository of this session. Whoever has the session can add it`);
        // What the agent wrote may run in a terminal, by a hook or an alias, and nobody would have been asked about its push.
        if (terminal !== undefined && target.service === 'git-receive-pack')
          return refuse(
            403,
            'A terminal fetches, and pushes nothing. Push in the panel, at Changes, or ask the agent to',
          );
        // People do not wait for the agent.
        const key = `${session.id} ${handPush?.userId ?? terminal?.userId ?? ''}`;
        if ((requests.get(key) ?? 0) >= MAX_REQUESTS)
          return refuse(429, `This session has ${MAX_REQUESTS} requests of git under way. Wait for one of them`);
        count(key, 1);
        try {
          if (direct === undefined && target.service === 'git-receive-pack')
            return refuse(
              403,
              `${target.url} is a submodule. To push, add it to the session as a repository of its own`,
            );
          // That of the repository which names it is not for it.
          const credential = direct && (await credentials.find(session, direct));
          const push = isPush(target) ? await readPushOf(incoming) : undefined;
          if (push === null) return refuse(400, 'This is no list of refs to push. A signed push is not taken');
          const why = push && judgePush(push.commands, handPush);
          if (isBegun(target, `${key} ${remote.key}`, push))
            await audit.record(
              toFact(
                session,
                { ...resource, url: target.url },
                { ...target, handPush, terminal, refs: push?.commands, why },
              ),
            );
          if (push && why !== undefined) return await answerRefusal(incoming, response, { push, why });
          await passGitRequest(incoming, response, {
            ...{ ask, remote, credential, target, body: push?.body, ownerId: session.ownerId },
            refuse: (failure) => ({
              status: 403,
              text: toRemoteError(remote, failure, {
                hasCredential: credential !== undefined,
                writes: target.service === 'git-receive-pack',
              }).message,
            }),
          });
        } finally {
          count(key, -1);
        }
      } catch (error) {
        logger.warn({ err: error, session_id: sessionId }, 'a request of git could not be passed on');
        if (response.headersSent) response.destroy();
        else refuse(403, error instanceof Error ? error.message : 'The server has failed');
      }
    },
  };
}

function isPush({ service, isAdvertisement }: DoorTarget): boolean {
  return service === 'git-receive-pack' && !isAdvertisement;
}

/** Null for what cannot be read; git compresses no push. */
async function readPushOf(incoming: IncomingMessage): Promise<PushRequest | null> {
  if (incoming.headers['content-encoding'] !== undefined) return null;
  return (await readPush(incoming)) ?? null;
}

/** As a git server refuses refs, so that git tells its user why. */
async function answerRefusal(
  incoming: IncomingMessage,
  response: ServerResponse,
  { push, why }: { push: PushRequest; why: string },
): Promise<void> {
  // Git reads no answer before it has sent all.
  await finished(push.body.on('error', () => undefined).resume()).catch(() => undefined);
  if (incoming.destroyed && !incoming.complete) return;
  const report = toRefusal(push, why);
  if (report === undefined) response.writeHead(403, { connection: 'close' }).end(`${why}\n`);
  else response.writeHead(200, { 'content-type': 'application/x-git-receive-pack-result' }).end(report);
}

function readRemote({ url }: DoorTarget): Remote | undefined {
  try {
    return parseRemote(url);
  } catch {
    return undefined;
  }
}

function findResource({ resources }: Session, { key }: Remote): RepositoryResource | undefined {
  return resources.find((each): each is RepositoryResource => 'url' in each && parseRemote(each.url).key === key);
}

/** The repository that has this one as a submodule which was opened. */
function findParent({ resources }: Session, { key }: Remote): RepositoryResource | undefined {
  return resources.find(
    (each): each is RepositoryResource =>
      'url' in each &&
      (each.submodules ?? []).some(
        ({ url, problem }) => url !== null && problem === null && parseRemote(url).key === key,
      ),
  );
}

function toFact(
  session: Session,
  { id, url }: RepositoryResource,
  {
    service,
    handPush,
    terminal,
    refs,
    why,
  }: Pick<DoorTarget, 'service'> &
    Pick<DoorHolder, 'handPush' | 'terminal'> & { refs: PushRequest['commands'] | undefined; why: string | undefined },
): Fact {
  const person = handPush ?? terminal;
  return {
    actor: person === undefined ? { type: 'agent', id: session.agentId } : toFactActor(person),
    action: service === 'git-upload-pack' ? 'repository.fetch' : 'repository.push',
    target: { type: 'repository', id: url },
    ...(why !== undefined && { outcome: 'deny' as const }),
    details: {
      ...{ session_id: session.id, owner_id: session.ownerId, resource_id: id },
      ...(terminal && { terminal_id: terminal.id }),
      ...(refs && { refs: refs.slice(0, MAX_TOLD).map(({ ref, id: to }) => `${ref} ${to ?? 'removed'}`) }),
      ...(why !== undefined && { refused: why }),
    },
  };
}
