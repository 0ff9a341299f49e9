import { CspError, type AccountConfirmation } from '@claude-sdk-pattern/protocol';

import type { Actor } from './actor.ts';
import type { AuthContext } from './auth.ts';
import type { Confirmation } from './confirmation.ts';
import { assertHardToGuess } from './hard-to-guess.ts';
import type { Invitations } from './invitations.ts';
import { assertTakesPasswords } from './passwords.ts';
import { findPasswordHash, replacePassword } from './store-password.ts';

/** What a person changes of their own account. What is left out stays. */
export interface AccountChanges {
  name?: string | undefined;
  /** In lower case. */
  email?: string | undefined;
  password?: string | undefined;
}

/** The account of whoever asks. */
export interface OwnAccount {
  describe(actor: Actor): Promise<{ name: string; email: string; confirmWith: AccountConfirmation }>;
  /**
   * Makes sure that it is the person, before something that would let others into the account.
   * @throws CspError of `Confirmation.assert`
   */
  confirm(actor: Actor, currentPassword?: string): Promise<void>;
  /**
   * A name needs no confirmation, an email or a password does; these end the open link to set a password, if any.
   * @param currentPassword of an account that has one
   * @throws CspError of `Confirmation.assert`; `permission_denied` for a password where the server takes none; `state_conflict` for an email that another account has.
   */
  change(actor: Actor, changes: AccountChanges, currentPassword?: string): Promise<void>;
}

export function createOwnAccount(deps: {
  context: () => Promise<AuthContext>;
  confirmation: Confirmation;
  takesPasswords: boolean;
  invitations: Pick<Invitations, 'settle'>;
}): OwnAccount {
  /** It says of no address more than that it cannot be used. */
  const toConflict = (cause?: unknown) =>
    new CspError('state_conflict', 'This email address cannot be used for your account. Choose another one.', {
      cause,
    });

  return {
    async describe(actor) {
      const { internalAdapter } = await deps.context();
      // The actor may be half a second old.
      const { name, email } = (await internalAdapter.findUserById(actor.userId)) ?? actor;
      return { name, email, confirmWith: await deps.confirmation.find(actor) };
    },

    async confirm(actor, currentPassword) {
      await deps.confirmation.assert(actor, currentPassword);
    },

    async change(actor, { name, email, password }, currentPassword) {
      const { userId } = actor;
      if (password !== undefined) assertTakesPasswords(deps.takesPasswords);
      const needsConfirmation = email !== undefined || password !== undefined;
      const confirmed = needsConfirmation ? await deps.confirmation.assert(actor, currentPassword) : null;
      if (password !== undefined) await assertHardToGuess(password, [email ?? actor.email, name ?? actor.name]);
      const hash = password === undefined ? undefined : await (await deps.context()).password.hash(password);
      const { internalAdapter, adapter } = await deps.context();
      const findHolder = async () => email && (await internalAdapter.findUserByEmail(email))?.user.id;
      const isTaken = async () => ![undefined, userId].includes(await findHolder());
      if (await isTaken()) throw toConflict();
      const update = {
        ...(name !== undefined && { name }),
        // Nobody has shown that mail to the new address reaches this person.
        ...(email !== undefined && { email, emailVerified: false, emailChosen: true }),
      };
      // A link for a new password may have been used since: whoever knew the old one changes nothing more.
      const isStill = async () => (await findPasswordHash({ internalAdapter }, userId)) === confirmed;
      if (needsConfirmation && deps.takesPasswords && !(await isStill())) throw toReplaced();
      if (hash !== undefined && !(await replacePassword({ internalAdapter, adapter }, userId, { confirmed, hash })))
        throw toReplaced();
      if (Object.keys(update).length > 0)
        await internalAdapter.updateUser(userId, update).catch(async (error: unknown) => {
          // Somebody else was first.
          throw (await isTaken()) ? toConflict(error) : error;
        });
      // Whoever has an old link must not get in any more.
      if (email !== undefined || password !== undefined) await deps.invitations.settle(userId);
    },
  };
}

function toReplaced(): CspError {
  return new CspError('invalid_request', 'The password was changed meanwhile. Confirm it with the new one.');
}
