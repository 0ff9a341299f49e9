/** What a person may do with a session that is shared with them, weakest first. */
export type ShareLevel = 'view' | 'drive' | 'manage';

/** How a session of somebody else is shared with the caller; absent in one's own sessions. */
export interface SharedWithMe {
  level: ShareLevel;
  owner: { id: string; name: string };
}

/** One person with whom a session is shared, as its owner and managers see it. */
export interface SessionShare {
  type: 'session_share';
  session_id: string;
  user_id: string;
  level: ShareLevel;
  user: Person;
  /** Who gave the present level. */
  granted_by: { id: string; name: string };
  /** ISO 8601. */
  created_at: string;
  /** ISO 8601: when the level was last set. */
  updated_at: string;
}

/** Somebody who has a session open now. */
export interface PresentPerson {
  id: string;
  name: string;
  /** Whether they write a message now. */
  typing: boolean;
}

/** Somebody with whom something can be shared. */
export interface Person {
  id: string;
  name: string;
  email: string;
}
