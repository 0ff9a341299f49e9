import { Blocks, Plus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { AddPluginDialog } from './add-plugin-dialog.tsx';
import { t } from './messages.ts';
import { PluginRow } from './plugin-row.tsx';
import { useFindPluginStop } from './use-find-plugin-stop.ts';
import { usePlugins } from './use-plugins.ts';

/** The plugins of the server: everybody sees them, administrators add them. */
export function PluginsPage() {
  const { announcer, bootstrap } = useServices();
  const plugins = usePlugins();
  const findStop = useFindPluginStop();
  const [, navigate] = useLocation();
  const [isAdding, setAdding] = useState(false);
  const mayChange = bootstrap.user.role === 'admin';
  const list = plugins.value;
  const add = (look?: 'primary') => (
    <Button size={look === undefined ? 'small' : 'normal'} look={look ?? 'plain'} onClick={() => setAdding(true)}>
      <Plus size={14} aria-hidden />
      {t.add}
    </Button>
  );
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} actions={mayChange && list !== null && list.length > 0 && add()} />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        {plugins.problem !== null && <Trouble text={t.failed} problem={plugins.problem} onRetry={plugins.reload} />}
        {list !== null && list.length > 0 && (
          <>
            <p className="text-sm text-muted">
              {t.lead} {!mayChange && t.onlyAdministrators}
            </p>
            <ul aria-label={t.list} className="rounded-md border border-line bg-raised">
              {list.map((plugin) => (
                <PluginRow key={plugin.name} plugin={plugin} stop={findStop(plugin.name)} />
              ))}
            </ul>
          </>
        )}
        {list?.length === 0 && (
          <div className="flex flex-col items-center gap-3 py-12 text-center">
            <Blocks size={28} aria-hidden className="text-muted" />
            <h2 className="text-xl font-semibold">{t.empty}</h2>
            <p className="max-w-md text-muted">{mayChange ? t.emptyHelp : t.emptyForOthers}</p>
            {mayChange && add('primary')}
          </div>
        )}
        {list === null && plugins.problem === null && (
          <p role="status" className="sr-only">
            {t.loading}
          </p>
        )}
      </div>
      {isAdding && (
        <AddPluginDialog
          onClose={() => {
            setAdding(false);
            plugins.reload();
          }}
          onAdded={(plugin) => {
            announcer.say(t.done.add(plugin.display_name));
            navigate(`/operate/plugins/${encodeURIComponent(plugin.name)}`);
          }}
        />
      )}
    </div>
  );
}
