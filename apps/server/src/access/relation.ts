import type { Actor } from '../identity/actor.ts';

/** The relation of an actor to a resource. */
export type Relation = 'own' | 'published' | 'none';

/** The fields of a resource that access rules read; rows of the store fit. */
export interface Resource {
  /** Null: the platform's. */
  ownerId: string | null;
  /** `organization`: everybody may use it. */
  scope?: 'account' | 'organization';
}

export function findRelation({ userId }: Pick<Actor, 'userId'>, { ownerId, scope }: Resource): Relation {
  if (ownerId === userId) return 'own';
  return scope === 'organization' ? 'published' : 'none';
}
