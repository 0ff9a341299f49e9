import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';

import type { Session } from '../../store/sessions.ts';
import { parseRemote } from '../../workspaces/repositories/remote.ts';
import { toRelativePath } from '../resources/new-resources.ts';

/** A folder of a session that is trusted as one. */
export interface TrustPlace {
  /** What the content belongs to: the same repository in another session is the same. */
  identity: string;
  /** The address of the repository; null for the workspace of this session alone. */
  repositoryUrl: string | null;
  /** From the workspace; empty for the workspace itself. */
  folder: string;
}

/** The repositories of a session, and its workspace where that is no repository itself. Pure. */
export function listTrustPlaces({ id, resources }: Pick<Session, 'id' | 'resources'>): TrustPlace[] {
  const places = resources
    .filter((each): each is RepositoryResource => each.type !== 'file')
    .map((resource) => ({
      identity: `repository:${parseRemote(resource.url).key}`,
      repositoryUrl: resource.url,
      folder: toRelativePath(resource),
    }));
  const own = { identity: `session:${id}`, repositoryUrl: null, folder: '' };
  return places.some(({ folder }) => folder === '') ? places : [own, ...places];
}
