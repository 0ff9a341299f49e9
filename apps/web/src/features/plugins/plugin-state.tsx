import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleOff,
  CircleX,
  FolderSearch,
  type LucideIcon,
} from 'lucide-react';

import { t } from './messages.ts';

const LOOKS: Record<PluginResource['state'], { Icon: LucideIcon; colour: string }> = {
  discovered: { Icon: FolderSearch, colour: 'text-muted' },
  registered: { Icon: CircleDashed, colour: 'text-muted' },
  active: { Icon: CircleCheck, colour: 'text-ok' },
  disabled: { Icon: CircleOff, colour: 'text-muted' },
  failed: { Icon: CircleX, colour: 'text-bad' },
  missing: { Icon: CircleAlert, colour: 'text-bad' },
};

/** The state of a plugin: a word, a shape and a colour. */
export function PluginState({ state }: { state: PluginResource['state'] }) {
  const { Icon, colour } = LOOKS[state];
  return (
    <span className={clsx('inline-flex shrink-0 items-center gap-1.5 text-sm font-semibold', colour)}>
      <Icon size={14} aria-hidden />
      {t.states[state]}
    </span>
  );
}
