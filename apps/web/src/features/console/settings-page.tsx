import type { SettingResource } from '@claude-sdk-pattern/protocol';
import { Search } from 'lucide-react';
import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './setting-messages.ts';

/** For operators: every setting of the server, its value and where that comes from. The address has what is searched. */
export function ServerSettingsPage() {
  const { api } = useServices();
  const [query, setQuery] = useSearchParams();
  const { value, problem, reload } = useLoaded(useCallback(() => api.console.listSettings(), [api]));
  const typed = query.get('q') ?? '';
  const changedOnly = query.get('only') === 'changed';
  const put = (changes: Record<string, string>) =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, text] of Object.entries(changes)) {
          if (text === '') next.delete(name);
          else next.set(name, text);
        }
        return next;
      },
      { replace: true },
    );
  const shown = value?.data.filter((each) => matches(each, typed) && (!changedOnly || each.source !== 'default')) ?? [];
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">{t.help}</p>
        <div className="flex flex-wrap items-center gap-3">
          <div className="relative min-w-0 flex-1 basis-60">
            <Search
              size={14}
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted"
            />
            <input
              type="search"
              aria-label={t.search}
              placeholder={t.search}
              value={typed}
              onChange={(event) => put({ q: event.target.value })}
              className="tap h-9 w-full rounded-sm border border-control bg-bg pr-3 pl-8"
            />
          </div>
          <label className="tap flex items-center gap-2 text-sm">
            <input
              type="checkbox"
              className="tap-box"
              checked={changedOnly}
              onChange={(event) => put({ only: event.target.checked ? 'changed' : '' })}
            />
            {t.changedOnly}
          </label>
        </div>
        {problem !== null && <Trouble text={t.failed} problem={problem} onRetry={reload} />}
        <p role="status" className="nums text-sm text-muted">
          {value !== null && t.shown(shown.length, value.data.length)}
        </p>
        <ul className="flex flex-col gap-2">
          {shown.map((setting) => (
            <SettingRow key={setting.name} setting={setting} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function matches({ name, description }: SettingResource, typed: string): boolean {
  const text = `${name} ${description}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/[\s_]+/)
    .every((word) => text.includes(word));
}

function SettingRow({ setting }: { setting: SettingResource }) {
  const { name, description, source, unit, default: fallback, needs_restart: needsRestart } = setting;
  const isChanged = source !== 'default';
  return (
    <li className="rounded-md border border-line bg-raised px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="min-w-0 font-mono text-sm font-semibold wrap-anywhere">{name}</h2>
        <span className={`text-sm ${isChanged ? 'font-semibold text-accent' : 'text-muted'}`}>{t.sources[source]}</span>
      </div>
      <p className="nums wrap-anywhere">
        <span className="font-mono text-sm">{toValue(setting)}</span>
        {setting.value !== null && unit !== null && <span className="text-sm text-muted"> {unit}</span>}
        {isChanged && fallback !== null && <span className="text-sm text-muted"> · {t.fallback(fallback)}</span>}
      </p>
      <p className="mt-1 text-sm wrap-anywhere text-muted">
        {description} {needsRestart ? '' : t.live}
      </p>
    </li>
  );
}

function toValue({ is_secret: isSecret, is_set: isSet, value }: SettingResource): string {
  if (isSecret) return isSet ? t.secret : t.unset;
  return value ?? t.unset;
}
