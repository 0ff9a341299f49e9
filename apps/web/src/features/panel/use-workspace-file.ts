import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';

import { ApiError } from '../../api/api-error.ts';
import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useBeat } from './use-beat.ts';

export type FileState =
  | { state: 'loading' }
  | { state: 'ready'; file: WorkspaceFile }
  | { state: 'gone' }
  | { state: 'failed'; problem: Problem };

/** A file of the session's workspace as it is: loaded again whenever it has changed. The old text stays until the new one is there. */
export function useWorkspaceFile(path: string): { file: FileState; reload: () => void } {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const [file, setFile] = useState<FileState>({ state: 'loading' });
  const closing = useRef(new AbortController());
  const stamp = useRef<string | null | undefined>(undefined);
  useEffect(() => {
    closing.current = new AbortController();
    stamp.current = undefined;
    return () => closing.current.abort();
  }, [workspace, sessionId, path]);

  const look = useCallback(async () => {
    const { signal } = closing.current;
    const put = (state: FileState) => !signal.aborted && setFile(state);
    try {
      const { data } = await workspace.stamp(sessionId, [path], signal);
      const found = data[0]?.stamp ?? null;
      if (found !== null && found === stamp.current) return;
      // What has no stamp is read all the same: the answer says what is wrong.
      const read = await workspace.read(sessionId, path, signal);
      stamp.current = found;
      if (!signal.aborted) setFile((before) => (isSame(before, read) ? before : { state: 'ready', file: read }));
    } catch (error) {
      stamp.current = undefined;
      if (error instanceof ApiError && error.status === 404) put({ state: 'gone' });
      else put({ state: 'failed', problem: toProblem(error) });
    }
  }, [workspace, sessionId, path]);
  useBeat(look);

  return {
    file,
    reload: useCallback(() => {
      stamp.current = undefined;
      void look();
    }, [look]),
  };
}

function isSame(before: FileState, { path, version }: WorkspaceFile): boolean {
  return before.state === 'ready' && before.file.path === path && before.file.version === version;
}
