import type { UserResource } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { ROLES } from '../../identity/actor.ts';
import type { User } from '../../identity/users.ts';
import { answer } from '../entrance/zod-schemas.ts';

const status = z.enum(['active', 'locked']);
const name = z.string().trim().min(1).max(200);
const role = z.enum(ROLES);
/** Longer ones would cost time to hash. */
export const password = z.string().min(12).max(128);

/** The body that makes an account. */
export const newUser = z
  .strictObject({
    email: z.email().max(320),
    name,
    role: role.default('user'),
    password: password.optional().describe('Without it the answer has an invitation.'),
  })
  .meta({ examples: [{ email: 'ada@example.com', name: 'Ada', role: 'operator' }] });

/** The body that changes an account. */
export const userChanges = z
  .strictObject({
    email: z.email().max(320).optional(),
    ...{ name: name.optional(), role: role.optional(), status: status.optional() },
  })
  .meta({ examples: [{ status: 'locked' }] });

const userShape = z.object({
  type: z.literal('user'),
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role,
  status,
  created_at: z.iso.datetime(),
  invited_until: z.iso
    .datetime()
    .nullable()
    .describe('Until when the person may accept the invitation; null for whom none waits.'),
});

export const userResource = answer<UserResource>(userShape.meta({ id: 'User', description: 'An account.' }));

/** A link that works once. */
export const invitationResource = z
  .object({
    url: z.string().describe('Shown only in this answer. Give it to the person: it works once.'),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Invitation', description: 'A link with which a person sets the name and password of the account.' });

export const createdUser = userShape
  .extend({ invitation: invitationResource.optional() })
  .meta({ id: 'CreatedUser', description: 'A new account; without a password, with its invitation.' });

export function toUserResource({ id, email, name: fullName, role: held, ...user }: User): UserResource {
  return {
    type: 'user',
    id,
    email,
    name: fullName,
    role: held,
    status: user.status,
    created_at: user.createdAt.toISOString(),
    invited_until: user.invitedUntil?.toISOString() ?? null,
  };
}
