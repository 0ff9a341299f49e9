import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';

import { ApiError } from '../../api/api-error.ts';
import type { PluginSource } from '../../api/plugin-api.ts';
import { useServices } from '../../services/services.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ActivateDialog } from './activate-dialog.tsx';
import { EditServerDialog } from './edit-server-dialog.tsx';
import { FailureView } from './failure-view.tsx';
import { t } from './messages.ts';
import { RollBackDialog } from './roll-back-dialog.tsx';
import { UpgradeFileDialog } from './upgrade-file-dialog.tsx';

type Open = 'activate' | 'edit-server' | 'deactivate' | 'roll-back' | 'remove' | 'upgrade-file';

export interface PluginWork {
  busy: boolean;
  /** Why the last action failed, or that it found nothing to do; null for nothing. */
  failure: ReactNode;
  /** The dialogue that is open; null for none. */
  dialog: ReactNode;
  open: (dialog: Open) => void;
  /** Takes in a plugin that was only found. */
  take: () => void;
  upgrade: () => void;
}

/** What an administrator does with a plugin: its dialogues, and what is under way. */
export function usePluginActions(plugin: PluginResource, onChange: (plugin: PluginResource) => void): PluginWork {
  const { api, announcer } = useServices();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState<Open | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    leaving.current = controller;
    return () => controller.abort();
  }, []);

  const attempt = async (work: () => Promise<void>) => {
    if (busy) return;
    setOpen(null);
    setBusy(true);
    setError(null);
    setNotice(null);
    await work().catch(setError);
    setBusy(false);
  };
  const { name, display_name: title } = plugin;
  const done = (next: PluginResource, said: string) => {
    setOpen(null);
    setError(null);
    onChange(next);
    announcer.say(said);
  };
  const upgraded = (next: PluginResource) =>
    done(next, next.pending === null ? t.done.upgrade(title) : t.done.waits(title));
  const options = () => ({ signal: leaving.current?.signal ?? new AbortController().signal, onProgress() {} });
  const close = () => setOpen(null);
  return {
    busy,
    failure:
      error !== null ? (
        <FailureView error={error} />
      ) : notice !== null ? (
        <p className="rounded-sm bg-raised px-3 py-2 text-sm">{notice}</p>
      ) : null,
    open: setOpen,
    take: () =>
      void attempt(async () =>
        done(await api.plugins.install(plugin.source as PluginSource, options()), t.done.add(title)),
      ),
    upgrade: () =>
      void attempt(async () => {
        const next = await api.plugins.upgrade(name, null, options()).catch((refused: unknown) => {
          if (isUpToDate(refused)) return undefined;
          throw refused;
        });
        if (next !== undefined) return upgraded(next);
        setNotice(t.upToDate(title));
        announcer.say(t.upToDate(title));
      }),
    dialog:
      open === 'activate' ? (
        <ActivateDialog plugin={plugin} onClose={close} onActivated={(next) => done(next, t.done.activate(title))} />
      ) : open === 'edit-server' ? (
        <EditServerDialog
          {...{ plugin, onClose: close }}
          onChanged={(next) => done(next, next.pending === null ? t.done.edit(title) : t.done.editWaits(title))}
        />
      ) : open === 'upgrade-file' ? (
        <UpgradeFileDialog plugin={plugin} onClose={close} onUpgraded={upgraded} />
      ) : open === 'deactivate' ? (
        <ConfirmDialog
          {...{ title: t.deactivateTitle(title), help: t.deactivateHelp, confirm: t.deactivate, onClose: close }}
          onConfirm={() => void attempt(async () => done(await api.plugins.deactivate(name), t.done.deactivate(title)))}
        />
      ) : open === 'roll-back' ? (
        <RollBackDialog
          {...{ plugin, onClose: close }}
          onConfirm={() => void attempt(async () => done(await api.plugins.rollBack(name), t.done.rollBack(title)))}
        />
      ) : open === 'remove' ? (
        <ConfirmDialog
          {...{ title: t.removeTitle(title), help: t.removeHelp, confirm: t.remove, onClose: close }}
          onConfirm={() =>
            void attempt(async () => {
              await api.plugins.remove(name);
              announcer.say(t.done.remove(title));
              navigate('/operate/plugins');
            })
          }
        />
      ) : null,
  };
}

/** Whether the source has no other version than the one that is there. */
function isUpToDate(error: unknown): boolean {
  return error instanceof ApiError && error.details['reason'] === 'same_content';
}
