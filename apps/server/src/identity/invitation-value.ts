/** Whom a stored invitation is for. */
export interface StoredInvitation {
  userId: string;
  /** Id of the API key that it was made with, if any: it ends with the key. */
  madeWith: string | null;
  /** Id of the administrator who made it, if known: it ends when they are one no more. */
  madeBy: string | null;
}

/** Before the value of every invitation: the table has other one-time tokens, too. */
export const INVITATION_PREFIX = 'invitation ';

const NONE = '-';

/** The text that the database keeps with the hash of the token: `invitation USER_ID`, then `KEY_ID MADE_BY`, `-` for none. */
export function toInvitationValue({ userId, madeWith, madeBy }: StoredInvitation): string {
  return `${INVITATION_PREFIX}${userId} ${madeWith ?? NONE} ${madeBy ?? NONE}`;
}

/** Undefined for a value of another kind. Earlier values end after the key, or before it. */
export function readInvitation(value: string): StoredInvitation | undefined {
  if (!value.startsWith(INVITATION_PREFIX)) return undefined;
  const [userId = '', madeWith = NONE, madeBy = NONE] = value.slice(INVITATION_PREFIX.length).split(' ');
  return { userId, madeWith: madeWith === NONE ? null : madeWith, madeBy: madeBy === NONE ? null : madeBy };
}
