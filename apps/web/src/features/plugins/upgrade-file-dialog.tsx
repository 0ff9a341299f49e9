import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FailureView } from './failure-view.tsx';
import { t } from './messages.ts';
import { FileField } from './source-fields.tsx';
import { useSending } from './use-sending.ts';

export interface UpgradeFileDialogProps {
  plugin: PluginResource;
  onClose: () => void;
  onUpgraded: (plugin: PluginResource) => void;
}

/** Takes the next version of a plugin from an archive. */
export function UpgradeFileDialog({ plugin, onClose, onUpgraded }: UpgradeFileDialogProps) {
  const { api } = useServices();
  const [file, setFile] = useState<File | null>(null);
  const { busy, failure, send } = useSending();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file === null) return;
    void send(
      (signal) => api.plugins.upgrade(plugin.name, { type: 'archive', file }, { signal, onProgress() {} }),
      onUpgraded,
    );
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t.upgradeFileTitle(plugin.display_name)}>
      <form onSubmit={submit} className="flex flex-col gap-3">
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
