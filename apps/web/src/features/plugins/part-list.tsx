import type { PluginPartResource } from '@claude-sdk-pattern/protocol';

import { groupParts } from './group-parts.ts';
import { t } from './messages.ts';

/** What a plugin brings, by kind. */
export function PartList({ parts }: { parts: readonly PluginPartResource[] }) {
  const groups = groupParts(parts);
  if (groups.length === 0) return <p className="text-muted">{t.noParts}</p>;
  return (
    <dl className="grid gap-x-4 gap-y-2 md:grid-cols-[9rem_1fr]">
      {groups.map(({ kind, names }) => (
        <div key={kind} className="contents">
          <dt className="text-sm text-muted">{t.kinds[kind]}</dt>
          <dd className="flex min-w-0 flex-wrap gap-1.5 max-md:mb-1">
            {names.map((name) => (
              <code key={name} className="rounded-sm bg-surface px-1.5 font-mono text-sm wrap-anywhere">
                {name}
              </code>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
