import type { PluginResource, StopResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleOff,
  CircleX,
  FolderSearch,
  OctagonPause,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';

import { t } from './messages.ts';

type Shown = PluginResource['state'] | 'failing' | 'stopped';

const LOOKS: Record<Shown, { Icon: LucideIcon; colour: string }> = {
  discovered: { Icon: FolderSearch, colour: 'text-muted' },
  registered: { Icon: CircleDashed, colour: 'text-muted' },
  active: { Icon: CircleCheck, colour: 'text-ok' },
  failing: { Icon: TriangleAlert, colour: 'text-bad' },
  stopped: { Icon: OctagonPause, colour: 'text-bad' },
  disabled: { Icon: CircleOff, colour: 'text-muted' },
  failed: { Icon: CircleX, colour: 'text-bad' },
  missing: { Icon: CircleAlert, colour: 'text-bad' },
};

export interface PluginStateProps {
  plugin: Pick<PluginResource, 'state' | 'health'>;
  /** By which an operator keeps it from serving. */
  stop: StopResource | undefined;
}

/** The state of a plugin, and whether an active one fails or is stopped: a word, a shape and a colour. */
export function PluginState({ plugin, stop }: PluginStateProps) {
  const isStopped = stop !== undefined && plugin.state === 'active';
  const shown: Shown = isStopped ? 'stopped' : isFailing(plugin) ? 'failing' : plugin.state;
  const { Icon, colour } = LOOKS[shown];
  return (
    <span className={clsx('inline-flex shrink-0 items-center gap-1.5 text-sm font-semibold', colour)}>
      <Icon size={14} aria-hidden />
      {isStopped ? t.stoppedBy(stop.created_by.name ?? t.somebody) : t.states[shown]}
    </span>
  );
}

/** Whether a plugin is active, and a server or an endpoint of it does not work. */
export function isFailing({ state, health }: Pick<PluginResource, 'state' | 'health'>): boolean {
  return state === 'active' && health.status === 'failed';
}
