import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import type { Fact } from '../../audit/fact.ts';
import type { SignInRecorder } from '../../audit/sign-in-recorder.ts';
import type { Identity } from '../../identity/identity.ts';
import { OidcRefusal, type OidcChanges, type OidcRefusalCode } from '../../identity/oidc/oidc-refusal.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import type { RequestRate } from '../entrance/request-rate.ts';
import { TAGS } from '../openapi/information.ts';
import { CALLBACK_PATH, toRedirectUri } from './oidc-callback.ts';
import { toLocalPath } from './local-path.ts';

export interface OidcRoutesOptions {
  identity: Pick<Identity, 'oidc'>;
  audit: ChangeRecorder;
  signIns: SignInRecorder;
  limits: Pick<AttemptLimits, 'beginSignOn'>;
  signInRate: RequestRate;
  /** Where people reach the server; without it, the provider sends them back to the address of their request. */
  publicUrl: string | undefined;
  /** What stands before the paths of the web app; empty at the root. */
  basePath: string;
}

const tags = [TAGS.identity];
const text = z.string().max(4096).optional();
const sentOn = z.undefined().describe('Sends the browser on.');

/** Single sign-on, as browsers go through it: they are sent to the provider, and back to the web app. */
export const oidcRoutes: FastifyPluginAsyncZod<OidcRoutesOptions> = async (app, options) => {
  const { limits, publicUrl, basePath, signInRate, signIns } = options;
  const getOidc = () => options.identity.oidc ?? refuseMissing();

  app.get(
    '/api/v1/sign-in/oidc',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'beginSingleSignOn',
        summary: 'Send the browser to the OpenID provider, and then to `return_to`, a path of the web app',
        tags,
        querystring: z.looseObject({ return_to: text }),
        response: { 302: sentOn },
      },
    },
    async (request, reply) => {
      const oidc = getOidc();
      assertIsPage(request);
      try {
        limits.beginSignOn(request.ip, 'leave');
        const returnTo = toLocalPath(request.query.return_to);
        const { url, setCookies } = await oidc.begin({ redirectUri: toRedirectUri(request, publicUrl), returnTo });
        return await reply.header('set-cookie', setCookies).redirect(url, 302);
      } catch (error) {
        return sendBack(request, reply, { error, page: `${basePath}/sign-in` });
      }
    },
  );

  app.get(
    CALLBACK_PATH,
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'finishSingleSignOn',
        summary: 'Where the OpenID provider sends the browser back to; signs in and sends it on to the web app',
        tags,
        querystring: z.looseObject({ state: text, code: text, error: text, iss: text }),
        response: { 302: sentOn },
      },
    },
    async (request, reply) => {
      const oidc = getOidc();
      assertIsPage(request);
      const told = { method: 'oidc', address: request.ip } as const;
      let page: EntrancePage = '/sign-in';
      try {
        const attempt = limits.beginSignOn(request.ip, 'return');
        const { cookie, 'user-agent': userAgent } = request.headers;
        const { userId, setCookies, returnTo } = await oidc.finish(request.query, {
          ...{ address: request.ip, userAgent, cookie },
          change: (work) => recordChanges(options.audit, work),
          onBegun({ invitedId }) {
            if (invitedId !== undefined) page = '/invite';
          },
          admit(who) {
            attempt.succeeded();
            signInRate.take(who);
          },
        });
        await signIns.succeeded(userId, told);
        return await reply.header('set-cookie', setCookies).redirect(`${basePath}${returnTo}`, 302);
      } catch (error) {
        if (error instanceof OidcRefusal) await signIns.failed({ ...told, reason: error.code });
        return sendBack(request, reply, { error, page: `${basePath}${page}` });
      }
    },
  );
};

/**
 * People go through single sign-on in a window. An image or a frame of some page would begin another one in their browser.
 * @throws CspError `origin_not_allowed`; not for a browser that does not say what it loads, as over plain http
 */
function assertIsPage({ headers }: FastifyRequest): void {
  const loads = headers['sec-fetch-dest'];
  if (loads !== undefined && loads !== 'document')
    throw new CspError('origin_not_allowed', 'Single sign-on works in a window of the browser only.');
}

function refuseMissing(): never {
  throw new CspError(
    'invalid_request',
    'This server has no single sign-on. CLAUDE_SDK_PATTERN_OIDC_ISSUER sets it up.',
  );
}

/** Where a sign-in begins: the page where the person sees why it failed. */
type EntrancePage = '/sign-in' | '/invite';

/** A person sees the reason on the page where they began; a JSON error would be of no use to them. */
function sendBack(
  request: FastifyRequest,
  reply: FastifyReply,
  { error, page }: { error: unknown; page: string },
): FastifyReply {
  const log = request.log as Logger;
  const code = toProblemCode(error);
  if (code === 'failed') log.error({ err: error }, 'a single sign-on failed');
  else
    log.warn({ code, reason: error instanceof Error ? error.message : String(error) }, 'a single sign-on was refused');
  return reply.redirect(`${page}?problem=${code}`, 302);
}

function toProblemCode(error: unknown): OidcRefusalCode {
  if (error instanceof OidcRefusal) return error.code;
  if (!(error instanceof CspError)) return 'failed';
  if (error.code === 'rate_limited') return 'too_many_attempts';
  return error.code === 'permission_denied' ? 'locked' : 'failed';
}

/** The provider is not a user: the server itself acts, for it. */
async function recordChanges(audit: ChangeRecorder, work: () => Promise<OidcChanges>): Promise<OidcChanges> {
  const changed = await audit.during(
    toOidcFact(null, 'user.update'),
    () => work().catch((error: unknown) => (error instanceof OidcRefusal ? error : Promise.reject(error))),
    (found) => toFacts(found instanceof OidcRefusal ? found.changes : found),
  );
  if (changed instanceof OidcRefusal) throw changed;
  return changed;
}

function toOidcFact(userId: string | null, action: Fact['action'], details: Fact['details'] = {}): Fact {
  const target = { type: 'user', id: userId } as const;
  return { actor: { type: 'system', id: 'oidc' }, action, target, details: { by: 'oidc', ...details } };
}

function toFacts(changes: OidcChanges | undefined): Fact[] {
  if (changes === undefined) return [];
  const { userId, created, linked, accepted, role, status, keptAdministrator } = changes;
  const facts: Fact[] = [];
  const add = (...fact: [Fact['action'], Fact['details']?]) => void facts.push(toOidcFact(userId, ...fact));
  if (created) add('user.create');
  else if (linked) add('user.update', { linked: true });
  if (accepted) add('user.invite', { used: true });
  if (role !== undefined) add('user.update', { role: role.to, role_before: role.from, group: role.group });
  if (status !== undefined) add('user.update', { status });
  if (keptAdministrator) add('user.update', { kept_last_administrator: true });
  return facts;
}
