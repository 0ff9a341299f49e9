import type { GitFile, GitRepositoryState } from '@claude-sdk-pattern/protocol';
import { useRef, useState, type ReactNode } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { g } from './git-messages.ts';
import type { Git } from './use-git.ts';

interface StagedFilesProps {
  repository: GitRepositoryState;
  git: Git;
}

interface Ticked {
  staged: boolean;
  /** Null: all. */
  paths: readonly string[] | null;
}

/** What differs from the last commit; the next one has what is ticked. */
export function StagedFiles({ repository, git }: StagedFilesProps) {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const { files, total, path } = repository;
  /** What is being ticked is shown at once, and asked for one after the other. */
  const [going, setGoing] = useState<readonly Ticked[]>([]);
  const last = useRef(Promise.resolve());
  const set = (staged: boolean, paths: readonly string[] | null) => {
    // A commit or push takes what is ticked now.
    if (git.busy && going.length === 0) return;
    const ticked = { staged, paths };
    setGoing((before) => [...before, ticked]);
    last.current = last.current.then(async () => {
      await git.act(
        () => api.git[staged ? 'stage' : 'unstage'](sessionId, path, paths),
        (state) => state,
      );
      setGoing((before) => before.filter((each) => each !== ticked));
    });
  };
  const isTicked = (file: GitFile) =>
    going.findLast(({ paths }) => paths === null || paths.includes(file.path))?.staged ?? isWhole(file);
  const whole = files.filter(isTicked).length;
  return (
    <div className="shrink-0 text-sm">
      {files.length > 1 && (
        <Tick
          label={g.all}
          isTicked={whole === files.length}
          isPartly={whole < files.length && files.some((file) => file.staged !== null || isTicked(file))}
          onTick={(staged) => set(staged, null)}
        >
          <span className="font-semibold">{g.all}</span>
        </Tick>
      )}
      <ul className="max-h-44 overflow-y-auto overscroll-contain">
        {files.map((file) => (
          <li key={file.path}>
            <Tick
              label={g.stage(file.path)}
              isTicked={isTicked(file)}
              isPartly={going.length === 0 && file.staged !== null && file.unstaged !== null}
              onTick={(staged) => set(staged, staged ? [file.path] : toUnstaged(file))}
            >
              <FileName file={file} />
            </Tick>
          </li>
        ))}
      </ul>
      {total > files.length && <p className="pt-1 text-muted">{g.listed(files.length, total)}</p>}
    </div>
  );
}

function FileName({ file: { path, staged, unstaged } }: { file: GitFile }) {
  const status = g.statuses[unstaged ?? staged ?? 'modified'];
  const tone = unstaged === 'conflicted' || (unstaged ?? staged) === 'deleted' ? 'text-bad' : 'text-ok';
  return (
    <>
      <span className="min-w-0 truncate" title={path}>
        {path}
      </span>
      {status !== '' && <span className={`ml-auto shrink-0 text-xs font-semibold ${tone}`}>{status}</span>}
      {staged !== null && unstaged !== null && <span className="ml-auto shrink-0 text-xs text-muted">{g.partly}</span>}
    </>
  );
}

interface TickProps {
  label: string;
  isTicked: boolean;
  isPartly: boolean;
  onTick: (staged: boolean) => void;
  children: ReactNode;
}

function Tick({ label, isTicked, isPartly, onTick, children }: TickProps) {
  return (
    <label className="tap flex min-h-7 cursor-pointer items-center gap-2 rounded-sm px-1 hover:bg-hover">
      <input
        type="checkbox"
        aria-label={label}
        checked={isTicked}
        ref={(input) => {
          if (input !== null) input.indeterminate = isPartly;
        }}
        onChange={() => onTick(!isTicked)}
        className="size-4 shrink-0 accent-accent"
      />
      {children}
    </label>
  );
}

/** Of one that was moved, its old name comes back as well. */
function toUnstaged({ path, previous_path: previous }: GitFile): string[] {
  return previous === null ? [path] : [path, previous];
}

function isWhole({ staged, unstaged }: GitFile): boolean {
  return staged !== null && unstaged === null;
}
