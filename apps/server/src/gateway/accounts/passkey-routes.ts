import { CspError, type PasskeyResource } from '@claude-sdk-pattern/protocol';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, type Fact } from '../../audit/fact.ts';
import { findPasskeyOrigin } from '../../config/base-url.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Passkey } from '../../identity/passkeys.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';
import { toNetwork } from '../entrance/network.ts';
import { getActor } from '../entrance/admission.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { answer, id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { newCredential } from './passkey-answers.ts';

const MINUTE_MS = 60_000;
/** Each begun sign-in keeps a row for five minutes. */
const MAX_BEGUN_PER_MINUTE = 100;

const name = z.string().trim().min(1).max(100);
const passkeyResource = answer<PasskeyResource>(
  z
    .object({
      type: z.literal('passkey'),
      id: z.string(),
      name: z.string(),
      created_at: z.iso.datetime(),
      last_used_at: z.iso.datetime().nullable(),
      rp_id: z.string().describe('The domain that it works for.'),
    })
    .meta({ id: 'Passkey', description: 'A passkey of yours: a key in a device or a password manager.' }),
);
/** As the browser takes it: `PublicKeyCredentialCreationOptionsJSON` and `…RequestOptionsJSON` of WebAuthn. */
const browserOptions = z.unknown().describe('What `navigator.credentials` needs, in the JSON of WebAuthn.');

export interface PasskeyRoutesOptions {
  identity: Pick<Identity, 'passkeys'>;
  audit: ChangeRecorder;
  limits: Pick<AttemptLimits, 'during'>;
  /** Where people reach the server, where it is configured. */
  publicUrl: string | undefined;
}

/**
 * The caller's own passkeys, and the first step of signing in with one.
 *
 * Over 100 lines: a flat list of routes.
 */
export const passkeyRoutes: FastifyPluginAsyncZod<PasskeyRoutesOptions> = async (app, options) => {
  const { audit, limits, publicUrl } = options;
  const { passkeys } = options.identity;
  const begun = createAttemptWindow(MINUTE_MS, () => performance.now(), { keepFrom: MAX_BEGUN_PER_MINUTE });
  const toFact = (
    actor: Actor,
    action: `passkey.${'create' | 'update' | 'delete'}`,
    passkeyId: string | null,
  ): Fact => ({ actor: toFactActor(actor), action, target: { type: 'passkey', id: passkeyId } });

  app.get(
    '/api/v1/passkeys',
    {
      config: { action: 'account.read' },
      schema: {
        operationId: 'listPasskeys',
        summary: 'List your passkeys, oldest first',
        tags: [TAGS.accounts],
        response: { 200: pageOf(passkeyResource) },
      },
    },
    async (request) => ({
      data: (await passkeys.list(getActor(request).userId)).map(toPasskeyResource),
      next_page: null,
    }),
  );

  app.post(
    '/api/v1/passkeys/options',
    {
      config: { action: 'account.change' },
      schema: {
        operationId: 'beginPasskey',
        summary:
          'Get what the browser needs to make a passkey, good for five minutes. It needs your current password, if you have one. Ten failed attempts a minute, 20 in all',
        tags: [TAGS.accounts],
        body: z.strictObject({
          current_password: z.string().min(1).max(512).nullable().describe('Null for an account without a password.'),
        }),
        response: { 200: browserOptions, ...failsWith(409, 429, 529) },
      },
    },
    async (request) => {
      const actor = getActor(request);
      const origin = getPasskeyOrigin(request, publicUrl);
      const currentPassword = request.body.current_password ?? undefined;
      return limits.during({ address: request.ip, account: actor.userId, isConfirmation: true }, () =>
        passkeys.beginAdd(actor, { origin, currentPassword }),
      );
    },
  );

  app.post(
    '/api/v1/passkeys',
    {
      config: { action: 'account.change' },
      schema: {
        operationId: 'addPasskey',
        summary: 'Add the passkey that the browser has made',
        tags: [TAGS.accounts],
        body: z.strictObject({ name, credential: newCredential }),
        response: { 201: passkeyResource },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const origin = getPasskeyOrigin(request, publicUrl);
      const added = await audit.during(
        toFact(actor, 'passkey.create', null),
        () => passkeys.add(actor, { origin, ...request.body }),
        (passkey) => [toFact(actor, 'passkey.create', passkey.id)],
      );
      void reply.code(201);
      return toPasskeyResource(added);
    },
  );

  app.patch(
    '/api/v1/passkeys/:id',
    {
      config: { action: 'account.change' },
      schema: {
        operationId: 'renamePasskey',
        summary: 'Rename a passkey',
        tags: [TAGS.accounts],
        params: z.object({ id }),
        body: z.strictObject({ name }),
        response: { 200: passkeyResource },
      },
    },
    async (request) => {
      const actor = getActor(request);
      const { id: passkeyId } = request.params;
      const rename = async () =>
        (await passkeys.rename(actor.userId, passkeyId, request.body.name)) ?? refuseUnknown(passkeyId);
      return toPasskeyResource(await audit.during(toFact(actor, 'passkey.update', passkeyId), rename));
    },
  );

  app.delete(
    '/api/v1/passkeys/:id',
    {
      config: { action: 'account.change' },
      schema: {
        operationId: 'removePasskey',
        summary: 'Remove a passkey, with the sign-ins that were made with it',
        tags: [TAGS.accounts],
        params: z.object({ id }),
        response: { 204: nothing, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const { id: passkeyId } = request.params;
      await audit.during(toFact(actor, 'passkey.delete', passkeyId), async () => {
        if (!(await passkeys.remove(actor.userId, passkeyId))) refuseUnknown(passkeyId);
      });
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/sign-in/passkey',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'beginPasskeySignIn',
        summary:
          'Get what the browser needs to sign in with a passkey, good for five minutes. 100 a minute of an address',
        tags: [TAGS.identity],
        response: { 200: browserOptions, ...failsWith(409, 429) },
      },
    },
    async (request) => {
      const origin = getPasskeyOrigin(request, publicUrl);
      const address = toNetwork(request.ip);
      const retryAfterMs = begun.waitMs(address, MAX_BEGUN_PER_MINUTE);
      if (retryAfterMs > 0)
        throw new CspError('rate_limited', 'Too many sign-ins with a passkey were begun. Wait a minute.', {
          retryAfterMs,
        });
      begun.add(address);
      return passkeys.beginSignIn(origin);
    },
  );
};

/** @throws CspError `state_conflict` where no page of this server may use passkeys. */
export function getPasskeyOrigin(request: FastifyRequest, publicUrl: string | undefined): string {
  const origin = findPasskeyOrigin(publicUrl, request.socket.localPort ?? 0);
  if (origin === undefined)
    throw new CspError(
      'state_conflict',
      'Passkeys need CLAUDE_SDK_PATTERN_PUBLIC_URL to be an https address with a name, or at localhost.',
    );
  return origin;
}

function refuseUnknown(passkeyId: string): never {
  throw new CspError('not_found', `You have no passkey ${passkeyId}.`);
}

function toPasskeyResource({ id: passkeyId, name: given, ...passkey }: Passkey): PasskeyResource {
  return {
    type: 'passkey',
    id: passkeyId,
    name: given,
    created_at: passkey.createdAt.toISOString(),
    last_used_at: passkey.lastUsedAt?.toISOString() ?? null,
    rp_id: passkey.rpId,
  };
}
