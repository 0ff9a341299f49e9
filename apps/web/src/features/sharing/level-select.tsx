import type { ShareLevel } from '@claude-sdk-pattern/protocol';

import { t } from '../../messages/index.ts';

export interface LevelSelectProps {
  label: string;
  value: ShareLevel;
  onChange: (level: ShareLevel) => void;
}

const LEVELS = Object.keys(t.sharing.levels) as ShareLevel[];

/** What somebody may do with a shared session. */
export function LevelSelect({ label, value, onChange }: LevelSelectProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value as ShareLevel)}
      className="tap h-9 rounded-sm border border-control bg-bg px-2"
    >
      {LEVELS.map((level) => (
        <option key={level} value={level}>
          {t.sharing.levels[level].name}
        </option>
      ))}
    </select>
  );
}
