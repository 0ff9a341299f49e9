import type { PluginPartChange, PluginReviewResource } from '@claude-sdk-pattern/protocol';

import { VisibleText } from '../../ui/visible-text.tsx';
import { ChangeMark } from './change-mark.tsx';
import { FileChanges } from './file-changes.tsx';
import { LineRows } from './line-rows.tsx';
import { PartChanges } from './part-changes.tsx';
import { r } from './review-messages.ts';
import { toValueRows } from './to-line-rows.ts';
import type { ReviewedPlugin } from './use-review.ts';

const TITLES = { upgrade: r.other, install: r.otherOnInstall, roll_back: r.otherOfRollBack } as const;
/** What every version says of itself; where nothing is compared, the plugin's page has it. */
const OF_ITSELF = /^(?:source |taken in |description$|author$|display name$)/;

/** What of a version needs no grant: texts, what it no longer asks for, settings, and its files. */
export function OtherChanges({ of, review }: { of: ReviewedPlugin; review: PluginReviewResource }) {
  const { files, before, left_off: leftOff } = review;
  // Hooks that can be granted stand beside their choice.
  const isChoice = ({ kind, change }: PluginPartChange) =>
    review.of !== 'roll_back' && kind === 'hook' && change !== 'removed';
  const parts = review.parts.filter((part) => !part.needs_grant && !isChoice(part));
  // Hooks are among the parts. In a roll back nothing is granted, so that what is new stands here too.
  const grants = review.grants.filter(
    ({ kind, change }) =>
      kind !== 'hooks' && (change === 'removed' || (review.of === 'roll_back' && change === 'added')),
  );
  const settings = review.settings.filter(
    ({ needs_grant: needs, field }) => !needs && (before !== null || !OF_ITSELF.test(field)),
  );
  const isEmpty = parts.length + grants.length + settings.length === 0;
  return (
    <div className="flex flex-col gap-3">
      {!isEmpty && (
        <div>
          <h3 className="font-semibold">{TITLES[review.of]}</h3>
          {review.of === 'upgrade' && <p className="text-sm text-muted">{r.otherHelp}</p>}
        </div>
      )}
      {grants.length > 0 && (
        <ul className="flex flex-col gap-1">
          {grants.map(({ kind, value, change }) => (
            <li key={`${kind} ${value}`} className="flex flex-wrap items-baseline gap-x-2">
              <ChangeMark change={change} />
              <span className="text-sm text-muted">{r.grantKinds[kind]}</span>
              <code className="min-w-0 font-mono text-sm wrap-anywhere">
                <VisibleText text={value} />
              </code>
            </li>
          ))}
        </ul>
      )}
      {settings.length > 0 && <Settings of={of} settings={settings} />}
      {parts.length > 0 && <PartChanges of={of} parts={parts} />}
      {leftOff > 0 && <p className="text-sm font-semibold text-warn">{r.moreLeftOff(leftOff)}</p>}
      {files === null ? (
        before !== null && <p className="text-sm text-muted">{r.filesUnknown}</p>
      ) : (
        <FileChanges of={of} files={files} />
      )}
    </div>
  );
}

/** Values before and after. */
export function Settings({ of, settings }: { of: ReviewedPlugin; settings: PluginReviewResource['settings'] }) {
  return (
    <div className="flex flex-col gap-1">
      <p className="text-sm text-muted">{r.settings}</p>
      <LineRows rows={toValueRows(of, settings)} label={r.settings} labels="field" />
    </div>
  );
}
