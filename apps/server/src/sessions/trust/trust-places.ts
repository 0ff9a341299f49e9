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
  /** Of a folder in which the session works itself: where it is. The workspace has only a link to it. */
  elsewhere?: string;
}

/** Where its files are read: the folder of which no path leads out, and the path from there. */
export function toReadPlace({ folder, elsewhere }: TrustPlace, workspace: string): [dir: string, folder: string] {
  return elsewhere === undefined ? [workspace, folder] : [elsewhere, ''];
}

/** The repositories and folders of a session, and its workspace where that is none of them. Pure. */
export function listTrustPlaces({ id, resources }: Pick<Session, 'id' | 'resources'>): TrustPlace[] {
  const places = resources.flatMap((resource): TrustPlace[] => {
    const folder = toRelativePath(resource);
    if (resource.type === 'file') return [];
    if (resource.type === 'local_folder') {
      const { path, mode, state } = resource;
      const place = { identity: `folder:${path}`, repositoryUrl: null, folder };
      if (mode !== 'direct') return [place];
      return state === 'failed' ? [] : [{ ...place, elsewhere: path }];
    }
    return [{ identity: `repository:${parseRemote(resource.url).key}`, repositoryUrl: resource.url, folder }];
  });
  const own = { identity: `session:${id}`, repositoryUrl: null, folder: '' };
  return places.some(({ folder }) => folder === '') ? places : [own, ...places];
}
