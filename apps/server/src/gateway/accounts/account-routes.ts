import { CspError, ERROR_CODES, type AccountResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser } from '../../audit/fact.ts';
import { ROLES, type Actor } from '../../identity/actor.ts';
import type { AccountChanges } from '../../identity/own-account.ts';
import type { Identity } from '../../identity/identity.ts';
import { getActor } from '../entrance/admission.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { password } from './user-resource.ts';

const accountResource = answer<AccountResource>(
  z
    .object({
      type: z.literal('account'),
      id: z.string(),
      name: z.string(),
      email: z.string(),
      role: z.enum(ROLES),
      confirm_with: z
        .enum(['password', 'nothing', 'new_sign_in', 'provider'])
        .describe(
          'What a change of email, password or passkeys needs: `current_password`; nothing, soon after a sign-in to an account without a password; another sign-in, without an API key; or it is the provider’s.',
        ),
    })
    .meta({ id: 'Account', description: 'Your own account.' }),
);

const accountChanges = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    email: z.email().max(320).toLowerCase().optional(),
    password: password.optional(),
    current_password: z.string().min(1).max(512).optional(),
    end_other_sign_ins: z.boolean().default(true).describe('With a new password: signs out your other browsers.'),
  })
  .refine(({ name, email, password: chosen }) => [name, email, chosen].some((each) => each !== undefined), {
    error: 'Send name, email or password.',
  })
  .meta({ examples: [{ password: 'a new and long one', current_password: 'correct horse battery' }] });

export interface AccountRoutesOptions {
  identity: Pick<Identity, 'account' | 'signIns'>;
  audit: ChangeRecorder;
  limits: Pick<AttemptLimits, 'during'>;
}

/** The caller's own account. */
export const accountRoutes: FastifyPluginAsyncZod<AccountRoutesOptions> = async (app, options) => {
  const { audit, limits } = options;
  const { account, signIns } = options.identity;

  const describe = async (actor: Actor): Promise<AccountResource> => {
    const { name, email, confirmWith } = await account.describe(actor);
    return { type: 'account', id: actor.userId, name, email, role: actor.role, confirm_with: confirmWith };
  };

  app.get(
    '/api/v1/account',
    {
      config: { action: 'account.read' },
      schema: {
        operationId: 'getAccount',
        summary: 'Get your account',
        tags: [TAGS.accounts],
        response: { 200: accountResource },
      },
    },
    (request) => describe(getActor(request)),
  );

  app.patch(
    '/api/v1/account',
    {
      config: { action: 'account.change' },
      schema: {
        operationId: 'updateAccount',
        summary:
          'Change your name, email or password. Email and password need your current password, if you have one. Ten failed attempts a minute, 20 in all',
        tags: [TAGS.accounts],
        body: accountChanges,
        response: { 200: accountResource, ...failsWith(409, 429, 529) },
      },
    },
    async (request) => {
      const actor = getActor(request);
      const { current_password: confirmation, end_other_sign_ins: endsOthers, ...changes } = request.body;
      const details = await toDetails(actor, changes);
      const fact = { actor: toFactActor(actor), action: 'user.update', target: toFactUser(actor.userId) } as const;
      const change = () => audit.during({ ...fact, details }, () => account.change(actor, changes, confirmation));
      // A name needs no password.
      const needsConfirmation = changes.email !== undefined || changes.password !== undefined;
      const attempt = { address: request.ip, account: actor.userId, isConfirmation: true };
      try {
        await (needsConfirmation ? limits.during(attempt, change) : change());
      } catch (error) {
        if (error instanceof CspError && !ERROR_CODES[error.code].retryable)
          await audit.record({ ...fact, outcome: 'failure', details: { ...details, reason: error.code } });
        throw error;
      }
      if (changes.password !== undefined && endsOthers) await signIns.endOthers(actor.userId, actor.credentialId);
      return describe(actor);
    },
  );

  /** What changes, without the password. An email is told, so that administrators can follow whose it was. */
  async function toDetails(actor: Actor, { name, email, password: chosen }: AccountChanges) {
    return {
      ...(name !== undefined && { name: true }),
      ...(email !== undefined && { email, email_before: (await account.describe(actor)).email }),
      ...(chosen !== undefined && { password: true }),
    };
  }
};
