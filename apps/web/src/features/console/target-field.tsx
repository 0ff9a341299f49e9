import type { StopScope } from '@claude-sdk-pattern/protocol';
import { useId } from 'react';

import { t } from './messages.ts';
import { useStopTargets } from './use-stop-targets.ts';

export interface TargetFieldProps {
  scope: StopScope;
  value: string;
  onValue: (id: string) => void;
}

/** Chooses the person, agent or plugin that something is about. */
export function TargetField({ scope, value, onValue }: TargetFieldProps) {
  const id = useId();
  const { targets, failed } = useStopTargets(scope);
  const label = { user: t.stops.person, agent: t.stops.agent, plugin: t.stops.plugin, platform: '', node: '' }[scope];
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      <select
        id={id}
        required
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
      >
        <option value="">{failed ? t.stops.noTargets : t.stops.choose}</option>
        {targets?.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </select>
    </div>
  );
}
