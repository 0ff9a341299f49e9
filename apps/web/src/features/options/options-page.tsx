import type { ExplainedOption, SessionOptions } from '@claude-sdk-pattern/protocol';
import { ArrowLeft, Search } from 'lucide-react';
import { useCallback, useEffect, useId, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { describeDifference } from '../reload/describe-difference.ts';
import { ConflictList } from './conflict-list.tsx';
import { fitsSearch, groupOptions } from './group-options.ts';
import { t } from './messages.ts';
import { OptionRow } from './option-row.tsx';
import { toToolSearchOption } from './tool-search-option.ts';

/** What the agent process of a session runs with, and where each value comes from. */
export function OptionsPage({ sessionId }: { sessionId: string }) {
  const { api, sessions } = useServices();
  const { drawerButton } = useShell();
  const title = useStore(sessions.store, (state) => state.byId.get(sessionId)?.title);
  const changes = useStore(sessions.store, (state) => state.pluginChanges);
  const load = useCallback(() => api.explainOptions(sessionId), [api, sessionId]);
  const { value: options, problem, reload } = useLoaded(load);
  useEffect(() => {
    if (changes > 0) reload();
  }, [changes, reload]);
  const isGone = problem?.kind === 'gone';
  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-12 items-center gap-2 border-b border-line px-2 max-md:h-14 md:px-4">
        {drawerButton}
        <Link
          href={`/sessions/${encodeURIComponent(sessionId)}`}
          aria-label={t.back}
          title={t.back}
          className="tap inline-flex size-9 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
        >
          <ArrowLeft size={16} aria-hidden />
        </Link>
        <h1 className="shrink-0 font-semibold">{t.title}</h1>
        {title != null && <p className="min-w-0 truncate text-muted">{title}</p>}
      </header>
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-6 px-4 py-6">
        {problem !== null && (
          <Trouble
            text={isGone ? t.gone : t.failed}
            problem={isGone ? null : problem}
            onRetry={isGone ? undefined : reload}
          />
        )}
        {options !== null && <Found options={options} />}
        {options === null && problem === null && (
          <p role="status" className="sr-only">
            {t.loading}
          </p>
        )}
      </div>
    </div>
  );
}

function Found({ options: explained }: { options: SessionOptions }) {
  const { conflicts, plugins, running } = explained;
  const options = [...explained.options, toToolSearchOption(explained.tool_search)];
  const [search, setSearch] = useState('');
  const isSearching = search.trim() !== '';
  const found = options.filter((option) => fitsSearch(option, search.trim()));
  const set = found.filter(({ is_set: isSet }) => isSet);
  const unset = found.filter(({ is_set: isSet }) => !isSet);
  return (
    <>
      <div className="flex flex-col gap-2 text-sm text-muted">
        <p>{t.lead}</p>
        <p className="wrap-anywhere">
          {running === null ? (
            t.running.none
          ) : running.is_current ? (
            t.running.current
          ) : (
            <>
              {t.running.old} <span className="text-text">{describeDifference(running.plugins, plugins)}</span>.{' '}
              {t.running.reloadHelp}
            </>
          )}
        </p>
      </div>
      <div role="search" aria-label={t.search} className="relative">
        <Search
          size={14}
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted"
        />
        <input
          type="search"
          aria-label={t.search}
          placeholder={t.search}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="tap h-9 w-full rounded-sm border border-control bg-bg pr-3 pl-9 text-lg md:text-base"
        />
      </div>
      <p role="status" className={isSearching ? 'nums -mt-4 text-sm text-muted' : 'sr-only'}>
        {isSearching && (found.length === 0 ? t.nothing : t.found(found.length))}
      </p>
      {conflicts.length > 0 && !isSearching && <ConflictList conflicts={conflicts} />}
      {groupOptions(set).map(({ group, options: ofGroup }) => (
        <Section key={group} title={t.groups[group]}>
          <Rows options={ofGroup} />
        </Section>
      ))}
      {unset.length > 0 && <Unset options={unset} isSearching={isSearching} />}
    </>
  );
}

/** Options that have no value, with the reason; closed until asked for or searched. */
function Unset({ options, isSearching }: { options: readonly ExplainedOption[]; isSearching: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || isSearching;
  return (
    <Section
      title={t.unset(options.length)}
      action={
        isSearching ? undefined : (
          <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? t.hideUnset : t.showUnset}
          </Button>
        )
      }
    >
      {shown && <Rows options={groupOptions(options).flatMap((each) => each.options)} />}
    </Section>
  );
}

function Rows({ options }: { options: readonly ExplainedOption[] }) {
  return (
    <ul className="rounded-md border border-line bg-raised">
      {options.map((option) => (
        <OptionRow key={option.name} option={option} />
      ))}
    </ul>
  );
}

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className="mb-2 flex min-h-7 items-center justify-between gap-2">
        <h2 id={id} className="text-sm font-semibold text-muted">
          {title}
        </h2>
        {action}
      </div>
      {children}
    </section>
  );
}
