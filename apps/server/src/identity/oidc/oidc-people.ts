import { CspError } from '@claude-sdk-pattern/protocol';

import type { Invitations } from '../invitations.ts';
import type { UserDirectory } from '../user-directory.ts';
import type { User, Users } from '../users.ts';
import type { OidcPerson } from './oidc-claims.ts';
import type { OidcLinks } from './oidc-links.ts';
import { OidcRefusal, type OidcChanges } from './oidc-refusal.ts';
import type { OidcSettings } from './oidc-settings.ts';

export interface OidcPeopleDeps {
  settings: Pick<OidcSettings, 'admission' | 'roles'>;
  links: OidcLinks;
  users: Pick<Users, 'find' | 'create' | 'update' | 'lockForProvider' | 'unlockForProvider'>;
  directory: Pick<UserDirectory, 'findEmailHolder'>;
  invitations: Pick<Invitations, 'settle'>;
}

/**
 * Finds the account of a person of the provider: the one that they signed in to before, or else the one with their
 * verified email that they did not choose themselves, or else, where the admission allows it, a new one. Brings its role
 * up to date. Locks the account of whoever is in no group that may sign in, until they are in one again.
 * @param invitedId the account whose invitation the person accepts: they get this one or none
 * @throws OidcRefusal
 */
export async function admitPerson(
  deps: OidcPeopleDeps,
  person: OidcPerson,
  { providerId, invitedId }: { providerId: string; invitedId?: string | undefined },
): Promise<OidcChanges> {
  const { settings, links, users, invitations } = deps;
  const link = { providerId, subject: person.subject };
  const linkedId = await links.findUserId(link);
  if (settings.admission === 'groups' && person.grant === undefined)
    throw new OidcRefusal('not_in_group', 'The person is in none of the groups that may sign in', {
      changes: linkedId === undefined ? undefined : await lockOut(users, linkedId),
    });
  if (invitedId !== undefined) await assertIsInvited(deps, person, { linkedId, invitedId });
  const found = linkedId === undefined ? await findOrCreate(deps, person) : { id: linkedId, created: false };
  const isUnlocked = linkedId !== undefined && (await users.unlockForProvider(linkedId));
  const user = await getActive(users, found.id);
  if (linkedId === undefined) {
    if (!(await links.link(user.id, link)))
      throw new OidcRefusal('account_taken', `The account ${user.id} belongs to another person of the provider`);
  }
  const accepted = user.invitedUntil !== null;
  if (accepted) await invitations.settle(user.id);
  const roles = await updateRole(deps, user, person.grant);
  const status = isUnlocked ? 'active' : undefined;
  return { userId: user.id, created: found.created, linked: linkedId === undefined, accepted, status, ...roles };
}

/** An invitation lets in nobody whom the provider would not: it only says which account it has to be. */
async function assertIsInvited(
  { directory }: Pick<OidcPeopleDeps, 'directory'>,
  { email }: OidcPerson,
  { linkedId, invitedId }: { linkedId: string | undefined; invitedId: string },
): Promise<void> {
  if (linkedId === undefined && email === undefined) throw toUnverified();
  const id = linkedId ?? (email && (await directory.findEmailHolder(email))?.id);
  if (id !== invitedId)
    throw new OidcRefusal('other_invitation', `The invitation of the account ${invitedId} is for somebody else`);
}

function toUnverified(): OidcRefusal {
  return new OidcRefusal('email_not_verified', 'The provider names no email of ASCII characters that is verified');
}

async function lockOut(users: OidcPeopleDeps['users'], id: string): Promise<OidcChanges | undefined> {
  const before = await users.find(id);
  const result = await users.lockForProvider(id);
  if (before === undefined || result === 'unchanged') return undefined;
  const changes = { userId: id, created: false, linked: false, accepted: false, role: undefined, status: undefined };
  if (result === 'kept') return { ...changes, keptAdministrator: true };
  const role = before.role === 'user' ? undefined : { from: before.role, to: 'user' as const, group: null };
  return { ...changes, role, status: 'locked', keptAdministrator: false };
}

async function findOrCreate(
  { settings, users, directory }: OidcPeopleDeps,
  { email, name, grant }: OidcPerson,
): Promise<{ id: string; created: boolean }> {
  if (email === undefined) throw toUnverified();
  const known = await directory.findEmailHolder(email);
  if (known?.isChosen === true)
    throw new OidcRefusal('account_taken', `The person of the account ${known.id} chose this email without proof`);
  if (known !== undefined) return { id: known.id, created: false };
  if (settings.admission === 'known')
    throw new OidcRefusal('unknown_person', 'Nobody here has the email of the person');
  try {
    const { id } = await users.create({ email, name, role: grant?.role ?? 'user' });
    return { id, created: true };
  } catch (error) {
    // The person signs in twice at once.
    const made = error instanceof CspError ? await directory.findEmailHolder(email) : undefined;
    if (made === undefined || made.isChosen) throw error;
    return { id: made.id, created: false };
  }
}

async function getActive(users: Pick<Users, 'find'>, id: string): Promise<User> {
  const user = await users.find(id);
  if (user === undefined) throw new OidcRefusal('unknown_person', `The account ${id} does not exist any more`);
  if (user.status === 'locked') throw new OidcRefusal('locked', `The account ${id} is locked`);
  return user;
}

async function updateRole(
  { settings, users }: OidcPeopleDeps,
  user: User,
  grant: OidcPerson['grant'],
): Promise<Pick<OidcChanges, 'role' | 'keptAdministrator'>> {
  const to = grant?.role ?? 'user';
  const isSame = settings.roles === undefined || user.role === to;
  if (isSame) return { role: undefined, keptAdministrator: false };
  try {
    await users.update(user.id, { role: to });
    return { role: { from: user.role, to, group: grant?.group ?? null }, keptAdministrator: false };
  } catch (error) {
    // Without an administrator nobody could mend the groups here.
    if (error instanceof CspError && error.code === 'state_conflict')
      return { role: undefined, keptAdministrator: true };
    throw error;
  }
}
