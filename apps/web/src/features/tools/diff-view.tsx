import { clsx } from 'clsx';
import { useMemo } from 'react';

import { usePreferences } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { chat } from '../../messages/chat.ts';
import { useDisclosure } from '../../ui/disclosure.ts';
import { countChanges, toDiffHunks, toPairs, type DiffHunk, type DiffLine, type Hunk } from './diff-hunks.ts';
import { NotShown } from './not-shown.tsx';
import { SideBySideButton } from './side-by-side-button.tsx';

const SHOWN = 20;
const MAX_OPEN = 1500;

/**
 * A difference: unified, or side by side if there is room and the reader chose it. Added and removed lines have signs
 * as well as colours.
 */
export function DiffView({ hunks, diffKey }: { hunks: readonly Hunk[]; diffKey: string }) {
  const { wide } = useShell();
  const split = usePreferences((state) => state.splitDiffs) && wide;
  const [open, setOpen] = useDisclosure(`diff:${diffKey}`, false);
  const all = useMemo(() => toDiffHunks(hunks), [hunks]);
  const { added, removed } = useMemo(() => countChanges(all), [all]);
  const total = all.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const folds = total > SHOWN + 2;
  const shown = cutHunks(all, folds && !open ? SHOWN : MAX_OPEN);
  return (
    <div>
      <div className="nums mb-1 flex min-h-6 items-center justify-between text-xs">
        <p>
          <span className="font-semibold text-ok">+{added}</span>{' '}
          <span className="font-semibold text-bad">−{removed}</span>
          <span className="sr-only">
            : {chat.tools.added(added)}, {chat.tools.removed(removed)}
          </span>
        </p>
        {wide && <SideBySideButton />}
      </div>
      <div className="overflow-hidden rounded-sm border border-line bg-surface">
        <div className="max-h-[560px] overflow-auto" tabIndex={0} role="group" aria-label={chat.tools.output}>
          <HunkList hunks={shown} split={split} max={MAX_OPEN} />
        </div>
        {open && <NotShown count={total - MAX_OPEN} />}
        {folds && (
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="tap w-full border-t border-line py-1 text-sm font-semibold text-accent hover:bg-hover"
          >
            {open
              ? chat.transcript.showLess
              : chat.transcript.showMore(chat.tools.lines(Math.min(total, MAX_OPEN) - SHOWN))}
          </button>
        )}
      </div>
    </div>
  );
}

/** The lines of a difference, up to this many. */
export function HunkList({ hunks, split, max }: { hunks: readonly DiffHunk[]; split: boolean; max: number }) {
  return cutHunks(hunks, max).map((hunk, index) => (
    <div key={index} className={clsx(index > 0 && 'border-t border-line')}>
      {split ? <SplitHunk lines={hunk.lines} /> : <UnifiedHunk lines={hunk.lines} />}
    </div>
  ));
}

const tones = { '+': 'bg-ok-soft', '-': 'bg-bad-soft', ' ': '' };
const signTones = { '+': 'text-ok', '-': 'text-bad', ' ': 'text-muted' };

function UnifiedHunk({ lines }: { lines: readonly DiffLine[] }) {
  return (
    <table className="code-text w-full border-collapse">
      <tbody>
        {lines.map((line, index) => (
          <tr key={index} className={tones[line.sign]}>
            <td className="w-px px-2 text-right whitespace-nowrap text-muted select-none">
              {line.newNumber ?? line.oldNumber}
            </td>
            <td className={clsx('w-px px-1 select-none', signTones[line.sign])}>{toSign(line.sign)}</td>
            <td className="pr-3 whitespace-pre">{line.text === '' ? ' ' : line.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SplitHunk({ lines }: { lines: readonly DiffLine[] }) {
  return (
    <table className="code-text w-full table-fixed border-collapse">
      <tbody>
        {toPairs(lines).map((pair, index) => (
          <tr key={index}>
            <Half line={pair.left} number={pair.left?.oldNumber ?? null} />
            <Half line={pair.right} number={pair.right?.newNumber ?? null} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Half({ line, number }: { line: DiffLine | null; number: number | null }) {
  const tone = line === null ? 'bg-bg' : tones[line.sign];
  return (
    <>
      <td className={clsx('w-10 px-2 text-right align-top text-muted select-none', tone)}>{number}</td>
      <td className={clsx('pr-2 align-top wrap-anywhere whitespace-pre-wrap', tone)}>
        {line !== null && (
          <>
            <span className={clsx('select-none', signTones[line.sign])}>{toSign(line.sign)} </span>
            {line.text}
          </>
        )}
      </td>
    </>
  );
}

export function toSign(sign: DiffLine['sign']): string {
  return sign === '-' ? '−' : sign;
}

/** The first lines of hunks, up to this many. */
export function cutHunks(hunks: readonly DiffHunk[], max: number): readonly DiffHunk[] {
  const kept: DiffHunk[] = [];
  let left = max;
  for (const hunk of hunks) {
    if (left <= 0) break;
    kept.push({ lines: hunk.lines.slice(0, left) });
    left -= hunk.lines.length;
  }
  return kept;
}
