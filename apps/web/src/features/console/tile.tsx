import { clsx } from 'clsx';
import type { ReactNode } from 'react';

/** One figure with its name and what it means. */
export function Tile(props: { name: string; value: string; help?: string; children?: ReactNode }) {
  const { name, value, help, children } = props;
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded-md border border-line bg-raised px-4 py-3">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="nums flex flex-col gap-1.5">
        <span className="text-xl font-semibold">{value}</span>
        {children}
        {help !== undefined && <span className="text-sm text-muted">{help}</span>}
      </dd>
    </div>
  );
}

export type Tone = 'accent' | 'warn' | 'bad';
const TONES: Record<Tone, string> = { accent: 'bg-accent', warn: 'bg-warn', bad: 'bg-bad' };

/** How much of something is used, 0 to 1. The figure stands beside it as text. */
export function Bar({ share, tone = 'accent' }: { share: number; tone?: Tone }) {
  return (
    <span aria-hidden className="block h-1.5 overflow-hidden rounded-full bg-surface">
      <span
        className={clsx('block h-full rounded-full', TONES[tone], share > 0 && 'min-w-1')}
        style={{ width: `${Math.min(100, Math.max(0, share * 100))}%` }}
      />
    </span>
  );
}

/** A share that gets serious. */
export function toTone(share: number): Tone {
  if (share >= 0.95) return 'bad';
  return share >= 0.8 ? 'warn' : 'accent';
}
