import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleOff,
  CircleX,
  FolderSearch,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';

import { t } from './messages.ts';

type Shown = PluginResource['state'] | 'failing';

const LOOKS: Record<Shown, { Icon: LucideIcon; colour: string }> = {
  discovered: { Icon: FolderSearch, colour: 'text-muted' },
  registered: { Icon: CircleDashed, colour: 'text-muted' },
  active: { Icon: CircleCheck, colour: 'text-ok' },
  failing: { Icon: TriangleAlert, colour: 'text-bad' },
  disabled: { Icon: CircleOff, colour: 'text-muted' },
  failed: { Icon: CircleX, colour: 'text-bad' },
  missing: { Icon: CircleAlert, colour: 'text-bad' },
};

/** The state of a plugin, and whether an active one fails: a word, a shape and a colour. */
export function PluginState({ plugin }: { plugin: Pick<PluginResource, 'state' | 'health'> }) {
  const shown: Shown = isFailing(plugin) ? 'failing' : plugin.state;
  const { Icon, colour } = LOOKS[shown];
  return (
    <span className={clsx('inline-flex shrink-0 items-center gap-1.5 text-sm font-semibold', colour)}>
      <Icon size={14} aria-hidden />
      {t.states[shown]}
    </span>
  );
}

/** Whether a plugin is active, and a server or an endpoint of it does not work. */
export function isFailing({ state, health }: Pick<PluginResource, 'state' | 'health'>): boolean {
  return state === 'active' && health.status === 'failed';
}
