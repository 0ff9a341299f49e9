import type { Actor } from '../identity/actor.ts';
import type { ShareLevel } from '../store/shares.ts';

/** The relation of an actor to a resource. */
export type Relation = 'own' | ShareLevel | 'published' | 'none';

/** The fields of a resource that access rules read; rows of the store fit. */
export interface Resource {
  /** Null: the platform's. */
  ownerId: string | null;
  /** `organization`: everybody may use it. */
  scope?: 'account' | 'organization';
  /** The level at which its owner shares it with the actor. */
  level?: ShareLevel | null;
}

export function findRelation({ userId }: Pick<Actor, 'userId'>, { ownerId, scope, level }: Resource): Relation {
  if (ownerId === userId) return 'own';
  if (level != null) return level;
  return scope === 'organization' ? 'published' : 'none';
}
