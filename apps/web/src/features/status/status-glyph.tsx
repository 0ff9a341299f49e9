import { clsx } from 'clsx';
import {
  Archive,
  Circle,
  CircleDashed,
  Hand,
  LoaderCircle,
  MessageCircleQuestionMark,
  Moon,
  OctagonX,
  RotateCw,
  SquareTerminal,
  Unplug,
  Wallet,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';

import type { SessionWord } from '../../session/session-word.ts';

export type GlyphName = SessionWord | 'reconnecting';

const glyphs: Record<GlyphName, { Icon: LucideIcon; tone: string; spins?: boolean }> = {
  waiting: { Icon: Hand, tone: 'text-warn' },
  question: { Icon: MessageCircleQuestionMark, tone: 'text-warn' },
  program: { Icon: SquareTerminal, tone: 'text-accent' },
  running: { Icon: LoaderCircle, tone: 'text-accent', spins: true },
  retrying: { Icon: RotateCw, tone: 'text-warn' },
  starting: { Icon: CircleDashed, tone: 'text-accent', spins: true },
  queued: { Icon: CircleDashed, tone: 'text-muted' },
  failed: { Icon: OctagonX, tone: 'text-bad' },
  ended: { Icon: OctagonX, tone: 'text-muted' },
  budget: { Icon: Wallet, tone: 'text-bad' },
  idle: { Icon: Circle, tone: 'text-muted' },
  asleep: { Icon: Moon, tone: 'text-muted' },
  archived: { Icon: Archive, tone: 'text-muted' },
  reconnecting: { Icon: Unplug, tone: 'text-warn' },
};

/** The icon of a status; its word is always beside it. */
export function StatusGlyph({ name, size = 14 }: { name: GlyphName; size?: number }) {
  const { Icon, tone, spins } = glyphs[name];
  return <Icon size={size} aria-hidden className={clsx('shrink-0', tone, spins === true && 'anim-turn')} />;
}

/** The colour of a status's word. */
export function toneOf(name: GlyphName): string {
  return glyphs[name].tone;
}
