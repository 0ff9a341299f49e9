import { CspError } from '@claude-sdk-pattern/protocol';
import { paging } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toKeyDetails, type Fact } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Invitation } from '../../identity/invitations.ts';
import { findMaker } from '../../identity/key-makers.ts';
import type { User } from '../../identity/users.ts';
import { assertMayUse, getActor } from '../entrance/admission.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { apiKeyBody, apiKeyResource, createdApiKey, toKeyResource } from './api-key-resource.ts';
import { assertMayMakeCredentials, createKey, revokeKey } from './change-keys.ts';
import { removeAccount, type AccountContents } from './remove-account.ts';
import {
  createdUser,
  invitationResource,
  newUser,
  toUserResource,
  userChanges,
  userResource,
} from './user-resource.ts';

export interface UserRoutesOptions extends AccountContents {
  identity: Pick<Identity, 'users' | 'invitations' | 'apiKeys' | 'account'>;
  audit: ChangeRecorder;
  limits: Pick<AttemptLimits, 'during'>;
  /** Where people reach the server; without it, invitations have the address of the request that makes them. */
  publicUrl: string | undefined;
}

const tags = [TAGS.accounts];
const ofUser = z.object({ user_id: id });
const ownConfirmation = z
  .strictObject({
    current_password: z.string().min(1).max(512).optional().describe('For your own account, if it has a password.'),
  })
  .nullish();

/**
 * Accounts of other people: for administrators, and for operators to read.
 *
 * Over 100 lines: a flat list of routes.
 */
export const userRoutes: FastifyPluginAsyncZod<UserRoutesOptions> = async (app, options) => {
  const { users, invitations } = options.identity;
  const toFact = (
    request: FastifyRequest,
    action: Fact['action'],
    { userId, details = {} }: { userId: string | null; details?: Fact['details'] },
  ): Fact => {
    const actor = getActor(request);
    const target = { type: 'user', id: userId } as const;
    return { actor: toFactActor(actor), action, target, details: { ...details, ...toKeyDetails(actor) } };
  };
  const invite = (request: FastifyRequest, user: User) => {
    const actor = getActor(request);
    return options.audit.during(toFact(request, 'user.invite', { userId: user.id }), () =>
      invitations.create(user, actor.apiKeyId, findMaker(actor)),
    );
  };

  /** A link for one's own account would turn a sign-in that somebody found into a password. */
  const confirm = (request: FastifyRequest<{ Body: z.output<typeof ownConfirmation> }>): Promise<void> => {
    const actor = getActor(request);
    assertOwnSignIn(actor);
    return options.limits.during({ address: request.ip, account: actor.userId, isConfirmation: true }, () =>
      options.identity.account.confirm(actor, request.body?.current_password),
    );
  };

  app.post(
    '/api/v1/users',
    {
      config: { action: 'user.change' },
      schema: {
        operationId: 'createUser',
        summary: 'Make an account, with a password or with an invitation link for the person',
        tags,
        body: newUser,
        response: { 201: createdUser, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      assertMayMakeCredentials(getActor(request));
      const toCreated = (userId: string | null) =>
        toFact(request, 'user.create', { userId, details: { role: request.body.role } });
      const user = await options.audit.during(
        toCreated(null),
        () => users.create(request.body),
        (created) => [toCreated(created.id)],
      );
      void reply.code(201);
      if (request.body.password !== undefined) return toUserResource(user);
      const invitation = await invite(request, user);
      const invited = toUserResource({ ...user, invitedUntil: invitation.expiresAt });
      return { ...invited, invitation: toInvitationResource(invitation, request, options.publicUrl) };
    },
  );

  app.get(
    '/api/v1/users',
    {
      config: { action: 'user.read' },
      schema: {
        operationId: 'listUsers',
        summary: 'List the accounts, oldest first',
        tags,
        querystring: z.strictObject(paging({ default: 50, max: 200 })),
        response: { 200: pageOf(userResource) },
      },
    },
    async (request) => {
      const { limit, page } = request.query;
      const { users: found, next } = await users.list({ limit, after: page });
      return { data: found.map(toUserResource), next_page: next };
    },
  );

  app.get(
    '/api/v1/users/:user_id',
    {
      config: { action: 'user.read' },
      schema: {
        operationId: 'getUser',
        summary: 'Get an account',
        tags,
        params: ofUser,
        response: { 200: userResource },
      },
    },
    async (request) => toUserResource(await getUser(options, request.params.user_id)),
  );

  app.patch(
    '/api/v1/users/:user_id',
    {
      config: { action: 'user.change' },
      schema: {
        operationId: 'updateUser',
        summary:
          'Change name, email or role of an account, lock or unlock it. Open connections of the user end. Your own email changes with `PATCH /api/v1/account`; that of an administrator takes a sign-in that no key made',
        tags,
        params: ofUser,
        body: userChanges,
        response: { 200: userResource, ...failsWith(409) },
      },
    },
    async (request) => {
      const { user_id: userId } = request.params;
      const { name, ...changes } = request.body;
      const before = changes.email === undefined ? undefined : await getUser(options, userId);
      if (before !== undefined) assertMayChangeEmail(getActor(request), before);
      const raises = (changes.role ?? 'user') !== 'user' || changes.status === 'active' || changes.email !== undefined;
      if (raises) assertMayMakeCredentials(getActor(request));
      const details = {
        ...{ ...changes, ...(name !== undefined && { name: true }) },
        ...(before !== undefined && { email_before: before.email }),
      };
      const fact = toFact(request, 'user.update', { userId, details });
      const update = async () => (await users.update(userId, request.body)) ?? refuseUnknown(userId);
      return toUserResource(await options.audit.during(fact, update));
    },
  );

  app.delete(
    '/api/v1/users/:user_id',
    {
      config: { action: 'user.change' },
      schema: {
        operationId: 'deleteUser',
        summary:
          'Delete an account. Its sessions, files, agents and environments are handed to `transfer_to`, or deleted',
        tags,
        params: ofUser,
        querystring: z.strictObject({
          transfer_to: id.optional().describe('The user who gets what the account owns.'),
        }),
        response: { 204: nothing, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      const { user_id: userId } = request.params;
      const { transfer_to: transferTo } = request.query;
      const { name } = await getUser(options, userId);
      const details = { name, transferred_to: transferTo ?? null };
      await options.audit.during(toFact(request, 'user.delete', { userId, details }), () =>
        removeAccount({ ...options, users }, userId, { by: getActor(request), transferTo }),
      );
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/users/:user_id/invitation',
    {
      config: { action: 'user.change' },
      schema: {
        operationId: 'inviteUser',
        summary:
          'Make a new link with which a person sets a password; earlier links of the account end. It ends with the key that it is made with. For your own account it needs a sign-in that no key made, and your current password, if you have one',
        tags,
        params: ofUser,
        body: ownConfirmation,
        response: { 200: invitationResource, ...failsWith(429, 529) },
      },
    },
    async (request) => {
      const actor = getActor(request);
      assertMayMakeCredentials(actor);
      const user = await getUser(options, request.params.user_id);
      if (user.id === actor.userId) await confirm(request);
      return toInvitationResource(await invite(request, user), request, options.publicUrl);
    },
  );

  await app.register(userKeyRoutes, options);
};

const userKeyRoutes: FastifyPluginAsyncZod<UserRoutesOptions> = async (app, options) => {
  const { audit } = options;
  const { apiKeys } = options.identity;

  app.get(
    '/api/v1/users/:user_id/api-keys',
    {
      config: { action: 'user.read' },
      schema: {
        operationId: 'listUserApiKeys',
        summary: 'List the API keys of an account, without their secrets',
        tags,
        params: ofUser,
        response: { 200: pageOf(apiKeyResource) },
      },
    },
    async (request) => {
      const user = await getUser(options, request.params.user_id);
      return { data: (await apiKeys.list(user.id)).map(toKeyResource), next_page: null };
    },
  );

  app.post(
    '/api/v1/users/:user_id/api-keys',
    {
      config: { action: 'user.change' },
      schema: {
        operationId: 'createUserApiKey',
        summary:
          'Make an API key for an account; the key is shown only in this answer. It ends when the account has a higher role than whoever made it',
        tags,
        params: ofUser,
        body: apiKeyBody,
        response: { 200: createdApiKey, ...failsWith(409) },
      },
    },
    async (request) => {
      const { id: ownerId } = await getUser(options, request.params.user_id);
      return createKey({ apiKeys, audit }, getActor(request), { ownerId, body: request.body });
    },
  );

  app.delete(
    '/api/v1/users/:user_id/api-keys/:key_id',
    {
      config: { action: 'user.change' },
      schema: {
        operationId: 'revokeUserApiKey',
        summary: 'Revoke an API key of an account, with the keys, sign-ins and invitations that were made with it',
        tags,
        params: z.object({ user_id: id, key_id: id }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { user_id: userId, key_id: keyId } = request.params;
      if (!(await revokeKey({ apiKeys, audit }, getActor(request), { ownerId: userId, id: keyId })))
        throw new CspError('not_found', `The user ${userId} has no API key ${keyId}`);
      return reply.code(204).send();
    },
  );
};

/**
 * With a link for one's own account, a key would give its holder a password, which outlives it.
 * @throws CspError `authentication_required` for a key, `permission_denied` for a sign-in that was made with one
 */
function assertOwnSignIn(actor: Actor): void {
  assertMayUse(actor, 'account.change');
  if (actor.apiKeyId !== null)
    throw new CspError(
      'permission_denied',
      'This sign-in was made with an API key. Sign in another way to make a link for your own account.',
    );
}

/**
 * An email leads to its account by single sign-on and by tokens. A stolen sign-in or key must not point its own account,
 * nor a key that of an administrator, to an address of whoever holds it.
 * @throws CspError `permission_denied`
 */
function assertMayChangeEmail(actor: Actor, { id: userId, role }: User): void {
  if (userId === actor.userId)
    throw new CspError(
      'permission_denied',
      'Change your own email in Settings, or with PATCH /api/v1/account: it asks for your password.',
      { details: { field: 'email' } },
    );
  if (role === 'admin' && (actor.via !== 'cookie' || actor.apiKeyId !== null))
    throw new CspError(
      'permission_denied',
      'The email of an administrator changes only in a browser that was signed in without an API key.',
      { details: { field: 'email' } },
    );
}

async function getUser({ identity }: UserRoutesOptions, userId: string): Promise<User> {
  return (await identity.users.find(userId)) ?? refuseUnknown(userId);
}

function refuseUnknown(userId: string): never {
  throw new CspError('not_found', `There is no user ${userId}`);
}

/** The token is in the fragment, which browsers never send to a server or proxy. */
function toInvitationResource(
  { token, expiresAt }: Invitation,
  request: FastifyRequest,
  publicUrl: string | undefined,
): z.infer<typeof invitationResource> {
  const baseUrl = publicUrl ?? `${request.protocol}://${request.host}`;
  return { url: `${baseUrl}/invite#link=${token}`, expires_at: expiresAt.toISOString() };
}
