import { TriangleAlert } from 'lucide-react';
import { useId } from 'react';

import { Button } from '../../ui/button.tsx';
import type { SecretUse } from './list-secret-uses.ts';
import { t } from './messages.ts';
import { UseList } from './use-list.tsx';

interface MissingListProps {
  names: readonly string[];
  uses: ReadonlyMap<string, readonly SecretUse[]>;
  onSet: (name: string) => void;
}

/** The secrets that plugins ask for and the platform has not, with the way to set each. */
export function MissingList({ names, uses, onSet }: MissingListProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="rounded-md border border-line bg-warn-soft px-4 py-3">
      <h2 id={id} className="flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden className="shrink-0 text-warn" />
        {t.missing}
      </h2>
      <p className="text-sm">{t.missingHelp}</p>
      <ul className="mt-2 flex flex-col gap-2">
        {names.map((name) => (
          <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <div className="min-w-0 flex-1 basis-40">
              <p className="font-mono text-sm font-semibold wrap-anywhere">{name}</p>
              <UseList label={t.askedBy} uses={uses.get(name) ?? []} />
            </div>
            <Button size="small" onClick={() => onSet(name)} aria-label={t.setNamed(name)}>
              {t.set}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
