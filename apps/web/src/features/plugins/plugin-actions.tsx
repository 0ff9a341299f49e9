import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { CircleOff, History, Trash2, Upload } from 'lucide-react';

import { Button } from '../../ui/button.tsx';
import { MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { t } from './messages.ts';
import type { PluginWork } from './use-plugin-actions.tsx';

/** What an administrator can do with a plugin in its state. */
export function PluginActions({ plugin, work }: { plugin: PluginResource; work: PluginWork }) {
  const { state, digest, source, pending } = plugin;
  // One that was only found has no content yet.
  if (digest === null)
    return (
      <Button look="primary" busy={work.busy} onClick={work.take}>
        {t.take}
      </Button>
    );
  const from = source !== null && 'type' in source ? source.type : null;
  // An archive cannot be asked again, and a bare MCP server has no versions.
  const mayAskAgain = from !== 'archive' && from !== 'mcp';
  // One that failed serves again when its configuration fits.
  const mayActivate = pending === null && (state === 'registered' || state === 'disabled');
  return (
    <>
      {mayActivate && (
        <Button look="primary" busy={work.busy} onClick={() => work.open('activate')}>
          {t.activate}
        </Button>
      )}
      {mayAskAgain && (
        <Button busy={work.busy} onClick={work.upgrade}>
          {state === 'missing' ? t.fetchAgain : t.upgrade}
        </Button>
      )}
      {from === 'mcp' && (
        <Button busy={work.busy} onClick={() => work.open('edit-server')}>
          {t.editServer}
        </Button>
      )}
      <More {...{ plugin, work, mayUpload: from !== 'mcp' }} />
    </>
  );
}

function More({ plugin, work, mayUpload }: { plugin: PluginResource; work: PluginWork; mayUpload: boolean }) {
  const { state, previous, display_name: name } = plugin;
  return (
    <MoreMenu label={t.actions(name)}>
      {mayUpload && (
        <MenuItem onSelect={() => work.open('upgrade-file')} icon={<Upload size={16} aria-hidden />}>
          {t.upgradeFile}
        </MenuItem>
      )}
      {previous !== null && (
        <MenuItem onSelect={() => work.open('roll-back')} icon={<History size={16} aria-hidden />}>
          {t.rollBack(previous.version)}
        </MenuItem>
      )}
      {(state === 'active' || state === 'failed') && (
        <MenuItem onSelect={() => work.open('deactivate')} icon={<CircleOff size={16} aria-hidden />}>
          {t.deactivate}
        </MenuItem>
      )}
      {(mayUpload || previous !== null || state === 'active' || state === 'failed') && <MenuSeparator />}
      <MenuItem danger onSelect={() => work.open('remove')} icon={<Trash2 size={16} aria-hidden />}>
        {t.remove}
      </MenuItem>
    </MoreMenu>
  );
}
