import type { PluginResource, StopResource } from '@claude-sdk-pattern/protocol';
import { Link } from 'wouter';

import { findFaults } from './find-faults.ts';
import { groupParts } from './group-parts.ts';
import { t } from './messages.ts';
import { PluginState } from './plugin-state.tsx';

/** One plugin in the list, with the way to its page. */
export function PluginRow({ plugin, stop }: { plugin: PluginResource; stop: StopResource | undefined }) {
  const { name, display_name, version, description, parts, pending } = plugin;
  const problems = findFaults(plugin.problems);
  const summary = groupParts(parts).map(({ kind, names }) => t.kindCount[kind](names.length));
  return (
    <li className="border-t border-line first:border-t-0">
      <Link
        href={`/operate/plugins/${encodeURIComponent(name)}`}
        className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3 no-underline transition-colors duration-120 hover:bg-hover"
      >
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="font-semibold wrap-anywhere">
            {display_name}
            {version !== null && <span className="nums font-normal text-muted"> {version}</span>}
          </h2>
          {description !== null && <p className="line-clamp-2 text-sm wrap-anywhere text-muted">{description}</p>}
          <p className="text-sm text-muted">{summary.length === 0 ? t.noParts : summary.join(' · ')}</p>
        </div>
        <div className="flex flex-wrap items-center gap-x-3 md:flex-col md:items-end">
          <PluginState plugin={plugin} stop={stop} />
          {pending !== null && <span className="text-sm font-semibold text-warn">{t.updateWaits}</span>}
          {problems.length > 0 && <span className="nums text-sm text-warn">{t.problemCount(problems.length)}</span>}
        </div>
      </Link>
    </li>
  );
}
