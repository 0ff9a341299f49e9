import { z } from 'zod';

import type { AuditAction } from '../../audit/fact.ts';
import type { Action } from '../../access/actions.ts';

type AccountAction = Extract<Action, 'public.use' | `account.${string}`>;

/** A call of better-auth that clients can make under `/api/auth`. Fields that are not named here pass unchanged. */
export interface AccountOperation {
  method: 'GET' | 'POST';
  path: string;
  operationId: string;
  summary: string;
  body?: z.ZodType;
  action: AccountAction;
  /** A stolen sign-in must not become a place to guess the password. */
  limited?: boolean;
  /** What a success is in the audit log. */
  audit?: AuditAction;
}

/**
 * What of better-auth is reachable; all else under `/api/auth` is 404. Left out: sign-up, sign-in (ours is
 * `/api/v1/sign-in`), accounts of others (`/api/v1/users`), sign-ins elsewhere (`/api/v1/sign-ins`), impersonation, and what
 * would need mail to be sent.
 */
export const accountOperations: readonly AccountOperation[] = [
  {
    method: 'GET',
    action: 'public.use',
    path: 'get-session',
    operationId: 'getSignIn',
    summary: 'Get your sign-in and account; null without one',
  },
  {
    method: 'POST',
    action: 'account.change',
    path: 'update-user',
    audit: 'user.update',
    operationId: 'updateAccount',
    summary: 'Change your name',
    body: z.looseObject({ name: z.string().min(1).max(200).optional() }),
  },
  {
    method: 'POST',
    action: 'account.change',
    path: 'change-password',
    audit: 'user.update',
    operationId: 'changePassword',
    summary: 'Change your password. Ten failed attempts a minute',
    body: z.looseObject({
      currentPassword: z.string(),
      newPassword: z.string(),
      revokeOtherSessions: z.boolean().optional().describe('Ends your sign-ins elsewhere.'),
    }),
    limited: true,
  },
];
