import type { McpServerState } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { CircleCheck, CircleDashed, CircleX, KeyRound, LoaderCircle, type LucideIcon } from 'lucide-react';

import { s } from './messages.ts';

const LOOKS: Record<McpServerState, { Icon: LucideIcon; colour: string; spins?: boolean }> = {
  idle: { Icon: CircleDashed, colour: 'text-muted' },
  connecting: { Icon: LoaderCircle, colour: 'text-accent', spins: true },
  ready: { Icon: CircleCheck, colour: 'text-ok' },
  needs_sign_in: { Icon: KeyRound, colour: 'text-warn' },
  failed: { Icon: CircleX, colour: 'text-bad' },
};

/** The state of an MCP server: a word, a shape and a colour. */
export function ServerState({ state }: { state: McpServerState }) {
  const { Icon, colour, spins } = LOOKS[state];
  return (
    <span className={clsx('inline-flex shrink-0 items-center gap-1.5 text-sm font-semibold', colour)}>
      <Icon size={14} aria-hidden className={clsx(spins === true && 'anim-turn')} />
      {s.states[state]}
    </span>
  );
}
