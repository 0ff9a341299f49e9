import type { PluginReviewResource } from '@claude-sdk-pattern/protocol';

import { VisibleText } from '../../ui/visible-text.tsx';
import { ChangeMark, type Change } from './change-mark.tsx';
import type { GrantChoice } from './grant-choices.ts';
import { t } from './messages.ts';
import { PartChange } from './part-changes.tsx';
import type { ReviewedPlugin } from './use-review.ts';

interface GrantGroupProps {
  kind: GrantChoice['kind'];
  choices: readonly GrantChoice[];
  chosen: readonly GrantChoice[];
  of: ReviewedPlugin | null;
  /** Null where there is none. */
  review: PluginReviewResource | null;
  onChange: (choice: GrantChoice, isChosen: boolean) => void;
}

/** What can be granted of one kind, what is new or changed first; hooks with what they run. */
export function GrantGroup({ kind, choices, chosen, of, review, onChange }: GrantGroupProps) {
  if (choices.length === 0) return null;
  const sorted = choices
    .map((choice) => ({ choice, change: findChange(choice, review) }))
    .toSorted((a, b) => Number(a.change === 'unchanged') - Number(b.change === 'unchanged'));
  const findPart = (name: string) =>
    kind === 'hooks' ? review?.parts.find((part) => part.kind === 'hook' && part.name === name) : undefined;
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-semibold">{t.grantKinds[kind]}</legend>
      <p className="mb-1 text-sm text-muted">{t.grantHelp[kind]}</p>
      <div className="flex flex-col gap-1">
        {sorted.map(({ choice, change }) => {
          const part = findPart(choice.value);
          return (
            <div key={choice.value}>
              <label className="tap flex items-center gap-2">
                <input
                  type="checkbox"
                  className="shrink-0"
                  checked={chosen.includes(choice)}
                  onChange={(event) => onChange(choice, event.target.checked)}
                />
                <code className="min-w-0 font-mono text-sm wrap-anywhere">
                  <VisibleText text={choice.value} />
                </code>
                {change !== 'unchanged' && <ChangeMark change={change} />}
              </label>
              {of !== null && part !== undefined && (
                <div className="mb-2 flex flex-col gap-1 pl-6 max-md:pl-0">
                  <PartChange of={of} part={part} />
                </div>
              )}
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}

/** Of what is taken in for the first time everything is new, which need not be said. */
function findChange({ kind, value, isNew }: GrantChoice, review: PluginReviewResource | null): Change {
  if (review === null) return isNew ? 'added' : 'unchanged';
  if (review.of !== 'upgrade') return 'unchanged';
  return review.grants.find((grant) => grant.kind === kind && grant.value === value)?.change ?? 'unchanged';
}
