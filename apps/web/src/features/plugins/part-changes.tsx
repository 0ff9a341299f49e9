import type { PluginPartChange } from '@claude-sdk-pattern/protocol';

import { VisibleText } from '../../ui/visible-text.tsx';
import { ChangeMark } from './change-mark.tsx';
import { LineRows } from './line-rows.tsx';
import { r } from './review-messages.ts';
import { TextChange } from './text-change.tsx';
import { isInstall, toValueRows } from './to-line-rows.ts';
import type { ReviewedPlugin } from './use-review.ts';

/** Parts of a plugin that differ, each with how it is called and how its text was changed. */
export function PartChanges({ of, parts }: { of: ReviewedPlugin; parts: readonly PluginPartChange[] }) {
  return (
    <ul className="flex flex-col gap-3">
      {parts.map((part) => (
        <li key={`${part.kind} ${part.name}`} className="flex min-w-0 flex-col gap-1">
          <p className="flex flex-wrap items-baseline gap-x-2">
            {!isInstall(of) && <ChangeMark change={part.change} />}
            <span className="text-sm text-muted">{r.kinds[part.kind]}</span>
            <code className="min-w-0 font-mono text-sm font-semibold wrap-anywhere">
              <VisibleText text={part.name} />
            </code>
          </p>
          <PartChange of={of} part={part} />
        </li>
      ))}
    </ul>
  );
}

/** How one part is called, and how its text was changed. */
export function PartChange({ of, part }: { of: ReviewedPlugin; part: PluginPartChange }) {
  const { name, change, reasons, definition, file, text } = part;
  const told = change === 'changed' ? reasons.map((reason) => r.reasons[reason]).filter((each) => each !== null) : [];
  return (
    <>
      {told.length > 0 && <p className="text-sm text-muted first-letter:uppercase">{told.join('; ')}</p>}
      {definition.length > 0 && <LineRows rows={toValueRows(of, definition)} label={r.valuesOf(name)} labels="field" />}
      {text !== null && <TextChange {...{ of, name, file, text }} />}
    </>
  );
}
