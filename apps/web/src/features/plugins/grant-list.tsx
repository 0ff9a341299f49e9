import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { Check, Minus } from 'lucide-react';

import { GRANT_KINDS, listGrantChoices } from './grant-choices.ts';
import { t } from './messages.ts';

/** What the version that serves asks for, and what of it is granted. */
export function GrantList({ plugin }: { plugin: PluginResource }) {
  const choices = listGrantChoices({ ...plugin, pending: null });
  if (choices.length === 0) return <p className="text-muted">{t.noGrants}</p>;
  return (
    <div className="flex flex-col gap-3">
      {GRANT_KINDS.map((kind) => {
        const ofKind = choices.filter((each) => each.kind === kind);
        if (ofKind.length === 0) return null;
        return (
          <div key={kind}>
            <h3 className="text-sm text-muted">{t.grantKinds[kind]}</h3>
            <ul>
              {ofKind.map(({ value, wasGranted }) => (
                <li key={value} className="flex flex-wrap items-center justify-between gap-x-4">
                  <code className="min-w-0 font-mono text-sm wrap-anywhere">{value}</code>
                  <span className={`inline-flex items-center gap-1 text-sm ${wasGranted ? 'text-ok' : 'text-muted'}`}>
                    {wasGranted ? <Check size={14} aria-hidden /> : <Minus size={14} aria-hidden />}
                    {wasGranted ? t.granted : t.notGranted}
                  </span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}
