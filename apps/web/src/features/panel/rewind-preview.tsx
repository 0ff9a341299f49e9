import type { WorkspaceChange } from '@claude-sdk-pattern/protocol';

import { useDirectFolders } from '../../services/direct-folders.ts';
import { c } from './change-messages.ts';
import { Counts } from './counts.tsx';
import type { FilesPreview } from './use-rewind-preview.ts';

/** The files that taking back changes, and those that are in its way. */
export function RewindPreview({ preview }: { preview: FilesPreview }) {
  const stay = useDirectFolders().map(({ path }) => (
    <p key={path} className="text-sm wrap-anywhere text-muted">
      {c.direct.stays(path)}
    </p>
  ));
  if (preview.total === 0)
    return (
      <div className="flex flex-col gap-2">
        <p className="text-sm">{c.rewind.nothing}</p>
        {stay}
      </div>
    );
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p className="nums font-semibold">{c.rewind.changes(preview.total)}</p>
      <div
        tabIndex={0}
        role="group"
        aria-label={c.rewind.changes(preview.total)}
        className="max-h-60 overflow-auto rounded-sm border border-line"
      >
        <ul>
          {preview.data.map((change) => (
            <PreviewRow key={change.path} change={change} />
          ))}
        </ul>
        {preview.total > preview.data.length && (
          <p className="px-3 py-1.5 text-muted">{c.listed(preview.data.length, preview.total)}</p>
        )}
      </div>
      {preview.in_the_way.length > 0 && (
        <div role="alert" className="rounded-sm bg-warn-soft px-3 py-2 text-warn">
          <p className="font-semibold">{c.rewind.inTheWay}</p>
          <ul className="wrap-anywhere">
            {preview.in_the_way.map((path) => (
              <li key={path}>{path}</li>
            ))}
          </ul>
        </div>
      )}
      <p className="text-muted">{c.rewind.ignored}</p>
      {stay}
    </div>
  );
}

function PreviewRow({ change }: { change: WorkspaceChange }) {
  const by = (change.made_by ?? []).map(({ name }) => name);
  return (
    <li className="flex items-baseline gap-3 border-b border-line px-3 py-1.5 last:border-b-0">
      <span className="min-w-0 flex-1 wrap-anywhere">
        {change.path}
        {by.length > 0 && <span className="block text-xs text-warn">{c.rewind.byPeople(by)}</span>}
      </span>
      <span className="shrink-0 text-muted">{c.rewind.verbs[change.status]}</span>
      <span className="nums flex shrink-0 gap-1.5 text-xs">
        {change.added !== null && <Counts added={change.added} removed={change.removed ?? 0} />}
      </span>
    </li>
  );
}
