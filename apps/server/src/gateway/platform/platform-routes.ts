import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, type McpAppMode, type PermissionMode } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { ACTIONS, type Action } from '../../access/actions.ts';
import { may } from '../../access/may.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Role } from '../../identity/actor.ts';
import type { Upstreams } from '../../model-gateway/upstreams/upstreams.ts';
import type { PolicyBook } from '../../permissions/policy-book.ts';
import { findUnaskedRefusal } from '../../permissions/unasked-refusal.ts';
import type { StopBook } from '../../stops/stop-book.ts';
import { describeStop } from '../../stops/stop-error.ts';
import type { UsageReports } from '../../usage/usage-report.ts';
import { toCspError } from '../entrance/error-envelope.ts';
import { TAGS } from '../openapi/information.ts';
import { bootstrapResource } from './rest-schema.ts';
import { getActor } from '../entrance/admission.ts';

export interface PlatformRoutesOptions {
  identity: Pick<Identity, 'refreshSession' | 'takesPasswords'>;
  demo: boolean;
  /** The secrets with which people pay model calls by keys of their own. */
  modelKeys: readonly { secret: string; upstreams: string[] }[];
  version: string;
  /** Why agents have the rights of the server's user; null where they are confined. */
  unconfined: string | null;
  models: readonly string[];
  mcpApps: McpAppMode;
  usage: Pick<UsageReports, 'timeZone'>;
  policies: Pick<PolicyBook, 'current'>;
  /** The largest file that can be uploaded. */
  maxFileBytes: number;
  upstreams: Pick<Upstreams, 'list' | 'findOutage'>;
  stops: Pick<StopBook, 'all' | 'drain'>;
  /** Rejects when the server is not ready. */
  checkReady(): Promise<void>;
}

const health = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'unavailable'])
      .describe(
        'degraded: it serves, but some upstream of the model API does not work, or an operator has stopped work.',
      ),
    reason: z.string().optional().describe('Why it cannot serve, or what does not work, and what to do.'),
  })
  .meta({ id: 'Health' });
const tags = [TAGS.health];
const ALL_ACTIONS = Object.keys(ACTIONS) as Action[];

/** What the web app needs before it draws, and the health of the server. */
export const platformRoutes: FastifyPluginAsyncZod<PlatformRoutesOptions> = async (app, options) => {
  app.get(
    '/health/live',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'checkLive',
        summary: 'Check liveness: 200 while the server answers; no credential needed',
        tags,
        response: { 200: health },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/health/startup',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'checkStartup',
        summary: 'Check the start: 200 once it is done',
        tags,
        response: { 200: health },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/health/ready',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'checkReady',
        summary: 'Check readiness: 200 while the server can take requests and store, else 503 with the reason',
        tags,
        response: { 200: health, 503: health.describe('The server is not ready: send it no requests.') },
      },
    },
    async (_request, reply) => {
      try {
        await options.checkReady();
        return toStopHealth(options.stops) ?? toModelHealth(options.upstreams);
      } catch (error) {
        void reply.status(503);
        return { status: 'unavailable' as const, reason: toCspError(error).message };
      }
    },
  );
  await app.register(bootstrapRoutes, options);
};

/** People read on a server where work is stopped, and operators lift it there. */
function toStopHealth({ all, drain }: Pick<StopBook, 'all' | 'drain'>) {
  const stop = all.find(({ scope }) => scope === 'platform') ?? drain;
  return stop && { status: 'degraded' as const, reason: describeStop(stop) };
}

/** A server whose model API fails is no reason to send requests elsewhere: people read, and running turns wait there. */
function toModelHealth(upstreams: Pick<Upstreams, 'list' | 'findOutage'>) {
  if (upstreams.list().every(({ state }) => state === 'closed')) return { status: 'ok' as const };
  const reason =
    upstreams.findOutage() === undefined
      ? 'An upstream of the model API does not work; others take its calls, or the next call tries it'
      : 'The model API does not answer. New turns are refused until it does';
  return { status: 'degraded' as const, reason };
}

const bootstrapRoutes: FastifyPluginAsyncZod<PlatformRoutesOptions> = async (app, options) => {
  app.get(
    '/api/v1/bootstrap',
    {
      config: { action: 'account.read' },
      schema: {
        operationId: 'getBootstrap',
        summary: 'Get your account, the models and modes to choose from, and whether the scripted demo model answers',
        tags: [TAGS.identity],
        response: { 200: bootstrapResource },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      if (actor.via === 'cookie') {
        for (const cookie of await options.identity.refreshSession(request.headers))
          void reply.header('set-cookie', cookie);
      }
      return {
        user: { id: actor.userId, name: actor.name, email: actor.email, role: actor.role },
        may: ALL_ACTIONS.filter((action) => may(actor, action, 'none')),
        demo: options.demo,
        version: options.version,
        unconfined: actor.role === 'user' ? null : options.unconfined,
        password_sign_in: options.identity.takesPasswords,
        time_zone: options.usage.timeZone,
        models: [{ id: 'default', label: 'Default' }, ...options.models.map((id) => ({ id, label: toLabel(id) }))],
        model_keys: [...options.modelKeys],
        permission_modes: toPermissionModes(actor.role, options),
        mcp_apps: options.mcpApps,
        limits: {
          max_frame_bytes: MAX_FRAME_BYTES,
          max_message_bytes: MAX_MESSAGE_BYTES,
          max_file_bytes: options.maxFileBytes,
        },
      };
    },
  );
};

function toPermissionModes(
  role: Role,
  { unconfined, policies }: Pick<PlatformRoutesOptions, 'unconfined' | 'policies'>,
): PermissionMode[] {
  const granted = policies.current.policy.never_ask;
  const refusal = findUnaskedRefusal({ confines: unconfined === null, role, granted });
  return ['default', 'acceptEdits', 'plan', ...(refusal === undefined ? ['bypassPermissions' as const] : [])];
}

function toLabel(model: string): string {
  return model.charAt(0).toUpperCase() + model.slice(1);
}
