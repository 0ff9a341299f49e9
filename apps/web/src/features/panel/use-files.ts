import { useCallback, useEffect, useMemo } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { createFileTree, joinPath, type FileTree } from './file-tree.ts';
import type { Dropped } from './read-dropped.ts';
import { createUploads, type Uploads } from './uploads.ts';

/** What the files of the panel keep while another tab is shown. */
export interface Files {
  tree: FileTree;
  uploads: Uploads;
}

/** The tree and the uploads of the session of this context. */
export function useFiles(): Files {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const files = useMemo(() => {
    const tree = createFileTree(workspace, sessionId);
    const uploads = createUploads(workspace, { sessionId, onDone: () => void tree.refresh() });
    return { tree, uploads };
  }, [workspace, sessionId]);
  useEffect(() => () => files.uploads.close(), [files]);
  return files;
}

/** Uploads what was dropped into a folder. */
export function useUpload({ tree, uploads }: Files): (folder: string, dropped: Promise<Dropped>) => Promise<void> {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  return useCallback(
    async (folder, dropped) => {
      const { files, folders } = await dropped;
      for (const path of folders) {
        // One that is there already serves as well.
        await workspace.makeFolder(sessionId, joinPath(folder, path)).catch(() => {});
      }
      uploads.add(files.map(({ path, file }) => ({ path: joinPath(folder, path), file })));
      if (folder !== '') tree.setOpen(folder, true);
      if (folders.length > 0) void tree.refresh();
    },
    [workspace, sessionId, tree, uploads],
  );
}
