import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useMemo, useState } from 'react';

import { ApiError } from '../../api/api-error.ts';
import { useServices } from '../../services/services.ts';
import type { Item } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { toWorkspacePath } from '../tools/describe-tool.ts';
import { readText } from '../tools/tool-values.ts';

export type FileState =
  | { state: 'loading' }
  | { state: 'ready'; file: WorkspaceFile }
  | { state: 'gone' }
  | { state: 'failed'; problem: Problem };

/** A file of the session's workspace, loaded again after every call of the agent that may have changed it. */
export function useWorkspaceFile(path: string): { file: FileState; reload: () => void } {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const items = useSession((state) => state.view.items);
  const revision = useMemo(() => findLastChange([...items.values()], path), [items, path]);
  const [asked, setAsked] = useState(0);
  const [file, setFile] = useState<FileState>({ state: 'loading' });
  useEffect(() => {
    const abort = new AbortController();
    const finish = (state: FileState) => !abort.signal.aborted && setFile(state);
    api.readFile(sessionId, path, abort.signal).then(
      (found) => finish({ state: 'ready', file: found }),
      (error: unknown) =>
        finish(
          error instanceof ApiError && error.status === 404
            ? { state: 'gone' }
            : { state: 'failed', problem: toProblem(error) },
        ),
    );
    return () => abort.abort();
  }, [api, sessionId, path, revision, asked]);
  return { file, reload: useCallback(() => setAsked((count) => count + 1), []) };
}

/** The id of the last call that may have changed the file. */
function findLastChange(items: readonly Item[], path: string): string | null {
  const last = items.findLast((item) => {
    if (item.kind !== 'tool' || item.status !== 'done' || item.name === 'Read') return false;
    // A command may have changed any file.
    return item.name === 'Bash' || toWorkspacePath(readText(item.input, 'file_path')) === path;
  });
  return last?.id ?? null;
}
