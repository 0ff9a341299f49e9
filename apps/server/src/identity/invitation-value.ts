/** Whom a stored invitation is for, and the id of the API key that it was made with, if any. */
export interface StoredInvitation {
  userId: string;
  madeWith: string | null;
}

/** Before the value of every invitation: the table has other one-time tokens, too. */
export const INVITATION_PREFIX = 'invitation ';

/** The text that the database keeps with the hash of the token: `invitation USER_ID`, then the key's id. */
export function toInvitationValue({ userId, madeWith }: StoredInvitation): string {
  return `${INVITATION_PREFIX}${userId}${madeWith === null ? '' : ` ${madeWith}`}`;
}

/** Undefined for a value of another kind. */
export function readInvitation(value: string): StoredInvitation | undefined {
  if (!value.startsWith(INVITATION_PREFIX)) return undefined;
  const [userId = '', madeWith = null] = value.slice(INVITATION_PREFIX.length).split(' ');
  return { userId, madeWith };
}
