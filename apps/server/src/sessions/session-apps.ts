import { CspError, type McpAppAnswer, type McpAppConfirmation } from '@claude-sdk-pattern/protocol';

import type { AppCalls } from '../agent-process/mcp/app-calls.ts';
import { toProblem } from '../agent-process/mcp/mcp-problem.ts';
import type { Action } from '../access/actions.ts';
import { toDigestOf, type JsonObject } from '../audit/canonical-json.ts';
import { toFactActor, toKeyDetails, type Fact } from '../audit/fact.ts';
import { RESOURCE_TOOL, toMcpServerName, toMcpToolName } from '../definitions/mcp-tool-name.ts';
import type { Actor } from '../identity/actor.ts';
import { describeCall } from '../permissions/describe-call.ts';
import type { McpAppPage } from '../store/mcp-apps.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';

export interface SessionAppsDeps extends Pick<SessionDeps, 'store' | 'audit'> {
  access: Pick<SessionAccess, 'get'>;
  /** @throws CspError where this server does not serve the session */
  getLive(sessionId: string): Promise<LiveSession>;
}

export interface AppRequest {
  sessionId: string;
  /** Of the app's page. */
  digest: string;
  /** Ends it, such as when nobody waits for the answer. */
  signal: AbortSignal;
}

interface MayBeConfirmed {
  /** What the person confirms: one of the two of an earlier `confirmation`. */
  confirmed?: string | undefined;
}

/** The MCP Apps of sessions: their pages, and what they have their servers do. Every method throws `not_found` for what is not there. */
export interface SessionApps {
  getPage(actor: Actor, sessionId: string, digest: string): Promise<McpAppPage>;
  /**
   * Calls a tool of the server that brought the app, over the connection of the session's process. No turn hears of it. It
   * is in the audit log before it begins.
   * @throws CspError `permission_denied` for a call that the policy denies, or that a second person has to allow,
   * `state_conflict` while no process is ready, `overloaded` while too many calls of the session run
   */
  call(
    actor: Actor,
    request: AppRequest & { tool: string; input: Readonly<Record<string, unknown>> } & MayBeConfirmed,
  ): Promise<McpAppAnswer>;
  /**
   * Reads a resource of that server. Somebody has to confirm it where a rule or a hook asks about it. It is in the audit log
   * before it begins. @throws CspError as `call`
   */
  read(actor: Actor, request: AppRequest & { uri: string } & MayBeConfirmed): Promise<McpAppAnswer>;
}

/** Of one session. An app makes one call after the other. */
const MAX_AT_ONCE = 4;
const WAIT_MS = 1000;

export function createSessionApps({ store, audit, access, getLive }: SessionAppsDeps): SessionApps {
  /** Requests that run, by the session. */
  const running = new Map<string, number>();

  const findPage = async (actor: Actor, action: Action, { sessionId, digest }: Omit<AppRequest, 'signal'>) => {
    const { session } = await access.get(actor, action, sessionId);
    const page = await store.mcpApps.find(sessionId, digest);
    if (page === undefined)
      throw new CspError('not_found', `The page of this app of ${sessionId} is not kept any more`);
    return { session, page };
  };

  const open = async (actor: Actor, request: AppRequest) => {
    const { sessionId } = request;
    const { session, page } = await findPage(actor, 'session.send', request);
    if (session.archivedAt !== null)
      throw new CspError('state_conflict', `Session ${sessionId} is archived. Unarchive it first`);
    const live = await getLive(sessionId);
    const calls = live.findAppCalls(page.server);
    const identity = live.findServerIdentity(page.server);
    if (calls !== undefined && identity === page.serverIdentity) return { live, calls, server: page.server };
    if (calls !== undefined && live.process.state === 'live')
      throw new CspError(
        'state_conflict',
        `The MCP server ${page.server} of session ${sessionId} is not the one that brought this app. Have the agent call its tool again`,
      );
    const isReady = live.process.state === 'live';
    throw new CspError(
      'state_conflict',
      isReady
        ? `The agent of session ${sessionId} has no MCP server ${page.server} any more`
        : `The agent of session ${sessionId} does not run, and its MCP servers run with it. Send a message first`,
    );
  };

  const hold = async (sessionId: string, work: () => Promise<McpAppAnswer>): Promise<McpAppAnswer> => {
    const before = running.get(sessionId) ?? 0;
    if (before >= MAX_AT_ONCE)
      throw new CspError('overloaded', `${MAX_AT_ONCE} requests of apps of session ${sessionId} are running`, {
        retryAfterMs: WAIT_MS,
      });
    running.set(sessionId, before + 1);
    try {
      return await work();
    } finally {
      const left = (running.get(sessionId) ?? 1) - 1;
      if (left === 0) running.delete(sessionId);
      else running.set(sessionId, left);
    }
  };

  /** What came of the work goes only to who may still have it. */
  const answerTo = async (
    actor: Actor,
    sessionId: string,
    work: () => Promise<McpAppAnswer>,
  ): Promise<McpAppAnswer> => {
    const answer = await hold(sessionId, work);
    await access.get(actor, 'session.send', sessionId);
    return answer;
  };

  const during = (intent: Fact, signal: AbortSignal, ask: () => ReturnType<AppCalls['call'] | AppCalls['read']>) =>
    audit.during(
      intent,
      () => answerWith(ask),
      (answer) => [{ ...intent, outcome: toFactOutcome(answer, signal) }],
    );

  return {
    getPage: async (actor, sessionId, digest) => (await findPage(actor, 'session.read', { sessionId, digest })).page,

    async call(actor, { tool, input, confirmed, ...request }) {
      const { live, calls, server } = await open(actor, request);
      if (!calls.offers(tool))
        throw new CspError('not_found', `The MCP server ${server} has no tool ${tool} that its apps may call`);
      const toolName = toMcpToolName({ server, tool });
      const { signal } = request;
      return answerTo(actor, request.sessionId, async () => {
        const { permission, reason, isExplicit } = await live.judgeAppCall(actor.role, { toolName, input }, signal);
        if (permission === 'deny') throw new CspError('permission_denied', `An app may not call ${tool}: ${reason}`);
        const forApp = { app: request.digest, tool, reason };
        const confirmation = {
          once: toDigestOf({ ...forApp, input }),
          for_app: isExplicit ? null : toDigestOf(forApp),
        };
        if (permission === 'ask' && !isIn(confirmation, confirmed))
          return toAnswer({ outcome: 'needs_confirmation', reason, confirmation });
        const told = describeCall(tool, input, { isMcp: true });
        const what = { tool, input_sha256: toDigestOf(input), ...(told !== undefined && { call: told }) };
        const intent = toIntent(
          'app.call',
          { actor, ...request },
          { server, confirmed: permission === 'ask', ...what },
        );
        return during(intent, signal, () => calls.call(tool, input, signal));
      });
    },

    async read(actor, { uri, confirmed, ...request }) {
      const { live, calls, server } = await open(actor, request);
      const { signal } = request;
      return answerTo(actor, request.sessionId, async () => {
        const read = { toolName: RESOURCE_TOOL, input: { server: toMcpServerName(server), uri } };
        const { permission, reason, isExplicit } = await live.judgeAppCall(actor.role, read, signal);
        if (permission === 'deny') throw new CspError('permission_denied', `An app may not read ${uri}: ${reason}`);
        const confirmation = { once: toDigestOf({ app: request.digest, uri, reason }), for_app: null };
        if (isExplicit && !isIn(confirmation, confirmed))
          return toAnswer({ outcome: 'needs_confirmation', reason, confirmation });
        const told = describeCall(RESOURCE_TOOL, { uri }, { isMcp: false });
        const what = { input_sha256: toDigestOf({ uri }), ...(told !== undefined && { call: told }) };
        const intent = toIntent('app.read', { actor, ...request }, { server, confirmed: isExplicit, ...what });
        return during(intent, signal, () => calls.read(uri, signal));
      });
    },
  };
}

function toAnswer(answer: Partial<McpAppAnswer> & Pick<McpAppAnswer, 'outcome'>): McpAppAnswer {
  return { type: 'mcp_app_answer', reason: null, confirmation: null, result: null, ...answer };
}

async function answerWith(ask: () => ReturnType<AppCalls['call'] | AppCalls['read']>): Promise<McpAppAnswer> {
  try {
    return toAnswer({ outcome: 'answered', result: await ask() });
  } catch (error) {
    return toAnswer({ outcome: 'failed', reason: toProblem(error) });
  }
}

function isIn({ once, for_app: forApp }: McpAppConfirmation, confirmed: string | undefined): boolean {
  return confirmed !== undefined && [once, forApp].includes(confirmed);
}

function toIntent(
  action: 'app.call' | 'app.read',
  { actor, sessionId, digest }: Omit<AppRequest, 'signal'> & { actor: Actor },
  what: JsonObject,
): Fact {
  return {
    ...{ actor: toFactActor(actor), action, target: { type: 'session', id: sessionId } },
    details: { app: digest, ...what, ...toKeyDetails(actor) },
  };
}

function toFactOutcome({ outcome, result }: McpAppAnswer, { aborted }: AbortSignal): NonNullable<Fact['outcome']> {
  if (outcome === 'answered') return result?.['isError'] === true ? 'failure' : 'success';
  return aborted ? 'cancelled' : 'failure';
}
