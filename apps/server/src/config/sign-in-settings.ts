import { z } from 'zod';

import { jsonOf } from './json-of.ts';

/** As `identity` knows them, weakest first. */
const ROLES = ['user', 'operator', 'admin'] as const;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Where tokens and keys come from: https, or a program on this machine. On the way over plain http anybody could put in
 * their own keys.
 */
const trustedUrl = z.url('takes a URL').refine((text) => {
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}, 'takes an https URL; http only for this machine');

export const issuerUrl = trustedUrl;

const role = z.enum(ROLES, { error: `takes one of ${ROLES.join(', ')}` });

/** Groups of the provider, and the role of their members. */
export const groupRoles = jsonOf(z.record(z.string().min(1), role), '{"csp-admins": "admin", "staff": "user"}');

const jwtIssuer = z.strictObject({
  issuer: trustedUrl,
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  jwks_url: trustedUrl.optional(),
  user_claim: z.string().min(1).default('sub'),
  users: z.record(z.string().min(1), z.email()).default({}),
  by_email: z.boolean().default(false),
  scope_claim: z.string().min(1).default('scope'),
  read_scope: z.string().min(1).default('csp:read'),
  write_scope: z.string().min(1).default('csp:write'),
  grants: z.enum(['read', 'write']).optional(),
});

/** Issuers of JSON Web Tokens, each once. docs/operate/accounts.md explains the fields. */
export const jwtIssuers = jsonOf(
  z.array(jwtIssuer).refine((all) => new Set(all.map(({ issuer }) => issuer)).size === all.length, 'an issuer twice'),
  '[{"issuer": "https://id.example.com", "audience": "csp", "users": {"ci": "ci@example.com"}}]',
);
