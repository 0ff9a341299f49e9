import { useEffect, useState } from 'react';

import { isImagePath } from '../../services/is-image-path.ts';
import { useServices } from '../../services/services.ts';
import type { ChangesApi } from '../../api/changes-api.ts';
import { useSession } from '../../session/session-context.ts';
import type { Item } from '../../session/items.ts';
import type { TurnView } from '../../session/session-view.ts';

/** Tools that can write any file. What the others have changed stands in the summary of the turn. */
const RUNNING: ReadonlySet<string> = new Set(['Bash', 'Agent', 'Task']);
const MAX_KEPT = 200;
/** The files of a turn are recorded a moment after its end. */
const LOOKS = 5;
const FIRST_WAIT_MS = 300;

/** By session and turn: the list of rows unmounts what is far from the screen, and the past does not change. */
const found = new Map<string, readonly string[]>();
const NONE: readonly string[] = [];

/** The paths of the images in the workspace that a turn has made or changed, also by a command. */
export function useTurnImages(turn: TurnView): readonly string[] {
  const { changes } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const { number, summary } = turn;
  const runs = useSession(({ view }) => summary !== null && turn.itemIds.some((id) => canRun(view.items.get(id))));
  const key = `${sessionId}/${number}`;
  const [images, setImages] = useState<readonly string[]>(() => found.get(key) ?? NONE);
  useEffect(() => {
    if (!runs || number === null || found.has(key)) return undefined;
    const ending = new AbortController();
    findImages(changes, { sessionId, turn: number }, ending.signal).then(
      (paths) => {
        keep(key, paths);
        if (!ending.signal.aborted) setImages(paths);
      },
      // Where nothing is recorded, those in the summary are shown.
      () => {},
    );
    return () => ending.abort();
  }, [changes, sessionId, number, key, runs]);
  const told = summary?.changedFiles.filter(isImagePath) ?? NONE;
  return images.length === 0 ? told : [...new Set([...told, ...images])];
}

function canRun(item: Item | undefined): boolean {
  return item?.kind === 'tool' && item.status === 'done' && (RUNNING.has(item.name) || item.server !== null);
}

async function findImages(
  changes: Pick<ChangesApi, 'compare'>,
  { sessionId, turn }: { sessionId: string; turn: number },
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (let look = 1; ; look += 1) {
    // Before the first turn stands the first state.
    const compared = turn > 1 ? { from: turn - 1, to: turn } : { to: turn };
    const { to, data } = await changes.compare(sessionId, compared, signal);
    if (to?.turn === turn || look === LOOKS) {
      return data.filter(({ path, status }) => status !== 'deleted' && isImagePath(path)).map(({ path }) => path);
    }
    await waitFor(FIRST_WAIT_MS * 2 ** (look - 1), signal);
  }
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('No longer wanted'));
    });
  });
}

function keep(key: string, paths: readonly string[]): void {
  found.set(key, paths);
  const [oldest] = found.keys();
  if (found.size > MAX_KEPT && oldest !== undefined) found.delete(oldest);
}
