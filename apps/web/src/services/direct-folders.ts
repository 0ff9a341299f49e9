import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { useMemo } from 'react';
import { useStore } from 'zustand';

import { useSession } from '../session/session-context.ts';
import { useServices } from './services.ts';

/** A folder of the server in which the agent works itself. The workspace has only a link to it. */
export interface DirectFolder {
  /** Absolute, on the server. */
  path: string;
  /** Of the link, from the workspace. */
  name: string;
  /** False where the session could not have it. */
  isThere: boolean;
}

/** The folders in which a session works itself. Pure. */
export function listDirectFolders(resources: SessionResource['resources']): DirectFolder[] {
  return resources.flatMap((resource) =>
    resource.type === 'local_folder' && resource.mode === 'direct'
      ? {
          path: resource.path,
          name: resource.mount_path.replace(/^\/workspace\//, ''),
          isThere: resource.state !== 'failed',
        }
      : [],
  );
}

/**
 * In which of these folders a path leads, and where it is there, absolute. The path is absolute, or from the workspace. Null for a path
 * elsewhere, and for one that goes up again: behind a link that is another place than it says. Pure.
 */
export function findInFolders(
  folders: readonly DirectFolder[],
  path: string,
): { folder: DirectFolder; path: string } | null {
  const written = path.replace(/^\.\//, '').replace(/\/$/, '');
  if (written.split('/').includes('..')) return null;
  for (const folder of folders)
    for (const start of folder.isThere ? [folder.name, folder.path] : [])
      if (written === start || written.startsWith(`${start}/`))
        return { folder, path: folder.path + written.slice(start.length) };
  return null;
}

/** Those of the session of this context. The list knows changes first. */
export function useDirectFolders(): readonly DirectFolder[] {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const attached = useSession((state) => state.resource?.resources);
  const listed = useStore(sessions.store, (state) => state.byId.get(sessionId)?.resources);
  return useMemo(() => listDirectFolders(listed ?? attached ?? []), [listed, attached]);
}
