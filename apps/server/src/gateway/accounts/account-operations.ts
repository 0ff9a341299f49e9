import { z } from 'zod';

import type { AuditAction } from '../../audit/fact.ts';
import type { Action } from '../../access/actions.ts';

type AccountAction = Extract<Action, 'public.use' | `account.${string}` | `user.${string}`>;

/** A call of better-auth that clients can make under `/api/auth`. Fields that are not named here pass unchanged. */
export interface AccountOperation {
  method: 'GET' | 'POST';
  path: string;
  operationId: string;
  summary: string;
  body?: z.ZodType;
  querystring?: z.ZodType;
  action: AccountAction;
  /** A stolen sign-in must not become a place to guess the password. */
  limited?: boolean;
  /** What a success is in the audit log. */
  audit?: AuditAction;
}

const userId = z.string().min(1);
const ofUser = z.looseObject({ userId });
const role = z.union([z.string(), z.array(z.string())]).describe('`admin`, `operator` or `user`.');
const count = z.string().regex(/^\d+$/, 'is not a number').optional();

/**
 * What of better-auth is reachable; all else under `/api/auth` is 404. Left out: sign-up, sign-in (ours is
 * `/api/v1/sign-in`), impersonation, and what would need mail to be sent.
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
    method: 'GET',
    action: 'account.change',
    path: 'list-sessions',
    operationId: 'listSignIns',
    summary: 'List your sign-ins',
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
  {
    method: 'POST',
    action: 'account.change',
    path: 'revoke-session',
    audit: 'auth.sign_out',
    operationId: 'revokeSignIn',
    summary: 'End one of your sign-ins',
    body: z.looseObject({ token: z.string() }),
  },
  {
    method: 'POST',
    action: 'account.change',
    path: 'revoke-sessions',
    audit: 'auth.sign_out',
    operationId: 'revokeSignIns',
    summary: 'End all your sign-ins',
  },
  {
    method: 'POST',
    action: 'account.change',
    path: 'revoke-other-sessions',
    audit: 'auth.sign_out',
    operationId: 'revokeOtherSignIns',
    summary: 'End all your sign-ins but this one',
  },
  {
    method: 'GET',
    action: 'user.read',
    path: 'admin/list-users',
    operationId: 'listUsers',
    summary: 'List the accounts; for administrators',
    querystring: z.looseObject({
      searchValue: z.string().optional(),
      limit: count,
      offset: count,
      sortBy: z.string().optional(),
    }),
  },
  {
    method: 'GET',
    action: 'user.read',
    path: 'admin/get-user',
    operationId: 'getUser',
    summary: 'Get an account; for administrators',
    querystring: z.looseObject({ id: userId }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/create-user',
    audit: 'user.create',
    operationId: 'createUser',
    summary: 'Create an account; for administrators',
    body: z.looseObject({
      email: z.string(),
      name: z.string(),
      password: z.string().optional(),
      role: role.optional(),
    }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/update-user',
    audit: 'user.update',
    operationId: 'updateUser',
    summary: 'Change an account; for administrators',
    body: z.looseObject({ userId, data: z.record(z.string(), z.unknown()) }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/set-role',
    audit: 'user.update',
    operationId: 'setRole',
    summary: 'Set the role of an account; for administrators',
    body: z.looseObject({ userId, role }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/set-user-password',
    audit: 'user.update',
    operationId: 'setUserPassword',
    summary: 'Set the password of an account; for administrators',
    body: z.looseObject({ userId, newPassword: z.string().min(1) }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/ban-user',
    audit: 'user.update',
    operationId: 'lockUser',
    summary: 'Lock an account and end its sign-ins; for administrators',
    body: z.looseObject({
      userId,
      banReason: z.string().optional(),
      banExpiresIn: z.number().optional().describe('Seconds; without it for good.'),
    }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/unban-user',
    audit: 'user.update',
    operationId: 'unlockUser',
    summary: 'Unlock an account; for administrators',
    body: ofUser,
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/remove-user',
    audit: 'user.delete',
    operationId: 'removeUser',
    summary: 'Delete an account; for administrators',
    body: ofUser,
  },
  {
    method: 'POST',
    action: 'user.read',
    path: 'admin/list-user-sessions',
    operationId: 'listUserSignIns',
    summary: 'List the sign-ins of an account; for administrators',
    body: ofUser,
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/revoke-user-session',
    audit: 'auth.sign_out',
    operationId: 'revokeUserSignIn',
    summary: 'End a sign-in of an account; for administrators',
    body: z.looseObject({ sessionToken: z.string() }),
  },
  {
    method: 'POST',
    action: 'user.change',
    path: 'admin/revoke-user-sessions',
    audit: 'auth.sign_out',
    operationId: 'revokeUserSignIns',
    summary: 'End all sign-ins of an account; for administrators',
    body: ofUser,
  },
];
