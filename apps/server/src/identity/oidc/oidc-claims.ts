import { ROLES, type Role } from '../actor.ts';
import { isPlainEmail, toStoredEmail } from '../email-address.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** What a provider says about a person, from its verified ID token and its userinfo. */
export type Claims = Readonly<Record<string, unknown>>;

/** A person as the provider knows them. */
export interface OidcPerson {
  subject: string;
  /** In lower case; undefined unless it is of ASCII and the provider says that it is verified. */
  email: string | undefined;
  name: string;
  /** The strongest role of the person's groups, with the group; undefined without such a group. */
  grant: { role: Role; group: string } | undefined;
}

const MAX_NAME_CHARS = 200;
const MAX_EMAIL_CHARS = 320;

type ClaimSettings = Pick<OidcSettings, 'groupsClaim' | 'roles' | 'emailVerifiedClaim'>;

export function toPerson(subject: string, claims: Claims, settings: ClaimSettings): OidcPerson {
  const text = findText(claims['email']);
  const email = text && toStoredEmail(text);
  const isVerified = isTrue(claims[settings.emailVerifiedClaim]) && email !== undefined && isEmail(email);
  const name = findText(claims['name']) ?? findText(claims['preferred_username']) ?? email?.split('@')[0] ?? subject;
  return {
    subject,
    email: isVerified ? email : undefined,
    name: name.slice(0, MAX_NAME_CHARS),
    grant: findGrant(findTexts(claims, settings.groupsClaim), settings.roles ?? {}),
  };
}

/** The texts of a claim: a list of texts, or one text. Dots lead into objects unless a claim has the whole name. */
export function findTexts(claims: Claims, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : name.split('.').reduce<unknown>(findMember, claims);
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((each) => typeof each === 'string');
}

function findMember(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Claims)[name] : undefined;
}

function findGrant(groups: readonly string[], roles: Readonly<Record<string, Role>>): OidcPerson['grant'] {
  const grants = groups.flatMap((group) =>
    Object.hasOwn(roles, group) ? [{ group, role: roles[group] ?? 'user' }] : [],
  );
  return grants.toSorted((one, other) => ROLES.indexOf(other.role) - ROLES.indexOf(one.role))[0];
}

function findText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** Some providers send texts or numbers (Microsoft's `xms_edov`). */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === 1 || value === '1';
}

function isEmail(text: string): boolean {
  return text.length <= MAX_EMAIL_CHARS && isPlainEmail(text) && /^[^@]+@[^@]+$/.test(text);
}
