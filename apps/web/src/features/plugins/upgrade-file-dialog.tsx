import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useEffect, useRef, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FailureView } from './failure-view.tsx';
import { t } from './messages.ts';
import { FileField } from './source-fields.tsx';

export interface UpgradeFileDialogProps {
  plugin: PluginResource;
  onClose: () => void;
  onUpgraded: (plugin: PluginResource) => void;
}

/** Takes the next version of a plugin from an archive. */
export function UpgradeFileDialog({ plugin, onClose, onUpgraded }: UpgradeFileDialogProps) {
  const { api } = useServices();
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const closing = useRef<AbortController | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    closing.current = controller;
    return () => controller.abort();
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || file === null || closing.current === null) return;
    const { signal } = closing.current;
    setBusy(true);
    setFailure(null);
    try {
      const next = await api.plugins.upgrade(plugin.name, { type: 'archive', file }, { signal, onProgress() {} });
      if (!signal.aborted) onUpgraded(next);
    } catch (error) {
      if (signal.aborted) return;
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t.upgradeFileTitle(plugin.display_name)}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <FileField onFile={setFile} />
        {failure !== null && <FailureView error={failure} />}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>{app.app.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {t.accept}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
