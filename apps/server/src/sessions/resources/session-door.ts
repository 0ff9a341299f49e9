import type { IncomingMessage, ServerResponse } from 'node:http';

import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor, type Fact } from '../../audit/fact.ts';
import type { Session } from '../../store/sessions.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { findDoorTarget, passGitRequest, type DoorTarget } from '../../workspaces/repositories/git-door.ts';
import type { AskRemote } from '../../workspaces/repositories/git-service.ts';
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
  /** The person who pushes by hand; else it is the agent. */
  pushesFor?: string | undefined;
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

/**
 * Passes `git fetch` and `git push` of a session on to the servers of its repositories, and of no others, with the credential of the session's owner,
 * which is looked up for each request. Each fetch and each push is in the audit log before it begins.
 */
export function createSessionDoor({ findSession, credentials, ask, audit, logger }: SessionDoorDeps): SessionDoor {
  const requests = new Map<string, number>();
  const count = (key: string, by: 1 | -1) => {
    const next = (requests.get(key) ?? 0) + by;
    if (next === 0) requests.delete(key);
    else requests.set(key, next);
  };
  return {
    async serve(incoming, response, { sessionId, pushesFor }) {
      const refuse = (status: number, text: string) =>
        void response
          .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
          .end(`${text}\n`);
      try {
        const target = findDoorTarget(incoming);
        if (target === undefined) return refuse(404, 'This is no request of git');
        const session = sessionId === null ? undefined : await findSession(sessionId);
        const remote = readRemote(target);
        const resource = session && remote && findResource(session, remote);
        if (session === undefined || remote === undefined || resource === undefined)
          return refuse(403, `${target.url} is no repository of this session. Whoever has the session can add it`);
        // People who push by hand do not wait for the agent.
        const key = `${session.id} ${pushesFor ?? ''}`;
        if ((requests.get(key) ?? 0) >= MAX_REQUESTS)
          return refuse(429, `This session has ${MAX_REQUESTS} requests of git under way. Wait for one of them`);
        count(key, 1);
        try {
          const credential = await credentials.find(session, resource);
          if (isBegun(target)) await audit.record(toFact(session, resource, { ...target, pushesFor }));
          await passGitRequest(incoming, response, {
            ...{ ask, remote, credential, target },
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

/** A fetch begins with the list of refs, and a push with what it sends: its list of refs changes nothing. */
function isBegun({ service, isAdvertisement }: DoorTarget): boolean {
  return isAdvertisement === (service === 'git-upload-pack');
}

function readRemote({ url }: DoorTarget): Remote | undefined {
  try {
    return parseRemote(url);
  } catch {
    return undefined;
  }
}

function findResource({ resources }: Session, { key }: Remote): RepositoryResource | undefined {
  return resources.find(
    (each): each is RepositoryResource => each.type !== 'file' && parseRemote(each.url).key === key,
  );
}

function toFact(
  session: Session,
  { id, url }: RepositoryResource,
  { service, pushesFor }: Pick<DoorTarget, 'service'> & Pick<DoorHolder, 'pushesFor'>,
): Fact {
  return {
    actor: pushesFor === undefined ? { type: 'agent', id: session.agentId } : toFactActor({ userId: pushesFor }),
    action: service === 'git-upload-pack' ? 'repository.fetch' : 'repository.push',
    target: { type: 'repository', id: url },
    details: { session_id: session.id, owner_id: session.ownerId, resource_id: id },
  };
}
