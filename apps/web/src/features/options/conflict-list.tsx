import type { ExplainedConflict } from '@claude-sdk-pattern/protocol';
import { TriangleAlert } from 'lucide-react';
import { useId } from 'react';

import { t } from './messages.ts';

/** What several bring under one name: which of them serves, and why. */
export function ConflictList({ conflicts }: { conflicts: readonly ExplainedConflict[] }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="rounded-md border border-line bg-warn-soft px-4 py-3">
      <h2 id={id} className="flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden className="shrink-0 text-warn" />
        {t.conflicts}
      </h2>
      <ul className="mt-2 flex flex-col gap-2 text-sm">
        {conflicts.map(({ kind, name, first, second, resolution }) => (
          <li key={`${kind} ${name} ${second}`} className="wrap-anywhere">
            <p>
              {t.both(toOwner(first), toOwner(second), t.kinds[kind] ?? kind)} <code className="font-mono">{name}</code>
              . <span className="font-semibold">{kind === 'mcp_server' ? t.serves(toOwner(first)) : resolution}.</span>
            </p>
            <p className="text-muted">{kind === 'mcp_server' ? t.whyServer(toOwner(second)) : t.whyNamespaced}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function toOwner(name: string): string {
  return name === 'agent' ? t.ofAgent : name;
}
