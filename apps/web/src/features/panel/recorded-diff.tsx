import type { WorkspaceDiff } from '@claude-sdk-pattern/protocol';
import { useEffect, useMemo, useState } from 'react';

import { chat } from '../../messages/chat.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { isImagePath } from '../../services/is-image-path.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useSession } from '../../session/session-context.ts';
import { formatBytes } from '../../ui/format.ts';
import { toDiffHunks } from '../tools/diff-hunks.ts';
import { HunkList } from '../tools/diff-view.tsx';
import { CommentedHunks } from './commented-hunks.tsx';
import { c } from './change-messages.ts';
import { p } from './messages.ts';
import { parseUnified } from './parse-unified.ts';
import { toCompared, type ChangedIn } from './use-changes.ts';

/** The most lines that are shown of one difference; the file tab shows the rest. */
const MAX_LINES = 1500;

interface RecordedDiffProps {
  path: string;
  changedIn: ChangedIn;
  /** Another one where it may have changed. */
  revision: number;
  split: boolean;
  label: string;
}

/** How one file differs, loaded when it is shown. */
export function RecordedDiff({ path, changedIn, revision, split, label }: RecordedDiffProps) {
  const { diff, problem } = useDiff({ path, changedIn, revision });
  const mayDrive = useMayDrive();
  const hunks = useMemo(() => (diff?.text == null ? [] : toDiffHunks(parseUnified(diff.text))), [diff]);
  if (problem !== null) return <Remark text={`${c.failed} ${problem.message}`} />;
  if (diff === undefined)
    return <p className="anim-late border-t border-line px-4 py-2 text-sm text-muted">{c.loading}</p>;
  if (diff === null) return <Remark text={c.same} />;
  if (diff.kind !== 'text') {
    const [before, after] = [diff.size_before, diff.size_after].map((size) =>
      size === null ? null : formatBytes(size),
    );
    const remark = <Remark text={c[diff.kind](before ?? null, after ?? null)} />;
    const isShown = diff.kind === 'binary' && diff.size_after !== null && isImagePath(path);
    return (
      <>
        {isShown && <Picture key={path} path={path} stamp={`changes:${revision}`} />}
        {remark}
      </>
    );
  }
  const total = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  if (total === 0) return <Remark text={c.empty} />;
  return (
    <>
      <div
        className="@container overflow-x-auto border-t border-line outline-offset-[-2px]"
        tabIndex={0}
        role="group"
        aria-label={label}
      >
        {mayDrive ? (
          <CommentedHunks {...{ path, hunks, split }} max={MAX_LINES} />
        ) : (
          <HunkList hunks={hunks} split={split} max={MAX_LINES} />
        )}
      </div>
      {diff.truncated ? (
        <Remark text={c.cut} />
      ) : (
        total > MAX_LINES && <Remark text={p.changes.hidden(chat.tools.lines(total - MAX_LINES))} />
      )}
    </>
  );
}

/** An image as it is in the workspace now. */
function Picture({ path, stamp }: { path: string; stamp: string }) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const [failed, setFailed] = useState<string | null>(null);
  if (failed === stamp) return null;
  return (
    <div className="flex justify-center border-t border-line bg-surface p-4">
      {/* A height before it loads, so that the files below do not move far. */}
      <img
        src={workspace.toContentHref(sessionId, path, { stamp })}
        alt={c.picture(path)}
        loading="lazy"
        decoding="async"
        onError={() => setFailed(stamp)}
        className="max-h-80 min-h-16 max-w-full rounded-sm border border-line bg-bg object-contain"
      />
    </div>
  );
}

function Remark({ text }: { text: string }) {
  return <p className="border-t border-line px-4 py-2 text-sm text-muted">{text}</p>;
}

/** Undefined until the first answer, null where nothing differs any more. */
function useDiff({ path, changedIn, revision }: Pick<RecordedDiffProps, 'path' | 'changedIn' | 'revision'>): {
  diff: WorkspaceDiff | null | undefined;
  problem: Problem | null;
} {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [found, setFound] = useState<{ diff: WorkspaceDiff | null | undefined; problem: Problem | null }>({
    ...{ diff: undefined, problem: null },
  });
  useEffect(() => {
    const abort = new AbortController();
    api.changes.compareFile(sessionId, { ...toCompared(changedIn), path }, abort.signal).then(
      ({ data: [file] }) => !abort.signal.aborted && setFound({ diff: file?.diff ?? null, problem: null }),
      (error: unknown) => !abort.signal.aborted && setFound({ diff: undefined, problem: toProblem(error) }),
    );
    return () => abort.abort();
  }, [api, sessionId, path, changedIn, revision]);
  return found;
}
