import { CspError, type AccountConfirmation } from '@claude-sdk-pattern/protocol';

import type { Actor } from './actor.ts';
import type { AuthContext } from './auth.ts';
import type { Confirmation } from './confirmation.ts';
import { assertHardToGuess } from './hard-to-guess.ts';
import type { Invitations } from './invitations.ts';
import { assertTakesPasswords } from './passwords.ts';
import { storePassword } from './store-password.ts';

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

    async change(actor, { name, email, password }, currentPassword) {
      const { userId } = actor;
      if (password !== undefined) assertTakesPasswords(deps.takesPasswords);
      if (email !== undefined || password !== undefined) await deps.confirmation.assert(actor, currentPassword);
      if (password !== undefined) await assertHardToGuess(password, [email ?? actor.email, name ?? actor.name]);
      const { internalAdapter, password: passwords } = await deps.context();
      const findHolder = async () => email && (await internalAdapter.findUserByEmail(email))?.user.id;
      const isTaken = async () => ![undefined, userId].includes(await findHolder());
      if (await isTaken()) throw toConflict();
      const update = {
        ...(name !== undefined && { name }),
        // Nobody has shown that mail to the new address reaches this person.
        ...(email !== undefined && { email, emailVerified: false, emailChosen: true }),
      };
      if (Object.keys(update).length > 0)
        await internalAdapter.updateUser(userId, update).catch(async (error: unknown) => {
          // Somebody else was first.
          throw (await isTaken()) ? toConflict(error) : error;
        });
      if (password !== undefined) await storePassword({ internalAdapter }, userId, await passwords.hash(password));
      // Whoever has an old link must not get in any more.
      if (email !== undefined || password !== undefined) await deps.invitations.settle(userId);
    },
  };
}
