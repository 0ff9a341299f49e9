import { FolderInput } from 'lucide-react';
import { useMemo, useState } from 'react';

import { findInFolders, type DirectFolder } from '../../services/direct-folders.ts';
import { usePreferences } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { useSession } from '../../session/session-context.ts';
import type { TurnView } from '../../session/session-view.ts';
import { c } from './change-messages.ts';
import { collectChanges, type FileChange } from './collect-changes.ts';
import { findOpen, OlderChanges, ToldFile } from './told-changes.tsx';
import type { ChangedIn } from './use-changes.ts';

interface FolderChangesProps {
  /** Not empty. */
  folders: readonly DirectFolder[];
  /** The file that a person came for. */
  path: string | undefined;
  changedIn: ChangedIn;
  /** What the conversation tells is listed elsewhere. */
  isTold?: boolean;
}

/**
 * Of the folders in which the agent works itself nothing is recorded: says so, and lists what its tools say that they wrote and edited
 * there.
 */
export function FolderChanges({ folders, path, changedIn, isTold = false }: FolderChangesProps) {
  const { wide } = useShell();
  const split = usePreferences((state) => state.splitDiffs) && wide;
  const items = useSession((state) => state.view.items);
  const turns = useSession((state) => state.view.turns);
  const changes = useMemo(() => {
    const isWithin = toTime(turns, changedIn);
    return collectChanges([...items.values()].filter(({ at }) => isWithin(at)));
  }, [items, turns, changedIn]);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const openByDefault = useMemo(() => findOpen(changes), [changes]);
  const wanted = path === undefined ? undefined : findInFolders(folders, path)?.path;

  return folders.map((folder) => {
    const told = isTold ? [] : listIn(folder, changes);
    return (
      <section key={folder.path} aria-label={folder.path} className="border-b border-line">
        <div className="flex items-start gap-2 bg-surface px-4 py-3 text-sm">
          <FolderInput size={15} aria-hidden className="mt-[3px] shrink-0 text-muted" />
          <div className="min-w-0">
            <h3 className="font-semibold wrap-anywhere">{folder.path}</h3>
            <p className="mt-1 text-muted">{c.direct.help}</p>
            {told.length > 0 && <p className="mt-2 text-muted">{c.direct.told}</p>}
          </div>
        </div>
        <ul>
          {told.map(({ change, real }) => (
            <ToldFile
              key={change.path}
              change={{ ...change, path: real.slice(folder.path.length + 1) }}
              split={split}
              wanted={real === wanted}
              open={chosen.get(change.path) ?? (real === wanted || openByDefault.has(change.path))}
              onOpen={(open) => setChosen(new Map(chosen).set(change.path, open))}
              isShown={false}
            />
          ))}
        </ul>
        {!isTold && changedIn === null && <OlderChanges />}
      </section>
    );
  });
}

function listIn(folder: DirectFolder, changes: readonly FileChange[]) {
  return changes.flatMap((change) => {
    const real = findInFolders([{ ...folder, isThere: true }], change.path)?.path;
    return real === undefined ? [] : [{ change, real }];
  });
}

/** Whether something was in what is compared: the whole session, one turn, or what people did, which is no work of the agent. */
function toTime(turns: readonly TurnView[], changedIn: ChangedIn): (at: number) => boolean {
  if (changedIn === null) return () => true;
  const index = turns.findIndex(({ number }) => number === changedIn);
  const [turn, next] = [turns[index], turns[index + 1]];
  return (at) => turn !== undefined && at >= turn.startedAt && (next === undefined || at < next.startedAt);
}
