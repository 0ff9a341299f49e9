import type { PermissionMode } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronDown, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../app/services.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Menu, MenuChoices } from '../../ui/menu.tsx';
import { menuTriggerClass } from './model-menu.tsx';

/** Chooses how tool calls are decided. Never asking has to be confirmed, and stays marked. */
export function ModeMenu({ mode, onChoose }: { mode: PermissionMode; onChoose: (mode: PermissionMode) => void }) {
  const { permission_modes: modes } = useServices().bootstrap;
  const [confirming, setConfirming] = useState(false);
  const bypass = mode === 'bypassPermissions';
  const choose = (value: string) => {
    const next = modes.find((entry) => entry === value);
    if (next === undefined || next === mode) return;
    if (next === 'bypassPermissions') setConfirming(true);
    else onChoose(next);
  };
  const Icon = bypass ? ShieldAlert : ShieldCheck;
  return (
    <>
      <Menu
        side="top"
        label={t.composer.mode}
        trigger={
          <button
            type="button"
            aria-label={`${t.composer.mode}: ${t.composer.modes[mode].name}`}
            className={clsx(menuTriggerClass, bypass && 'bg-warn-soft font-semibold text-warn hover:text-warn')}
          >
            <Icon size={14} aria-hidden className="shrink-0" />
            <span className="truncate">{t.composer.modes[mode].name}</span>
            <ChevronDown size={13} aria-hidden className="shrink-0" />
          </button>
        }
      >
        <MenuChoices
          value={mode}
          choices={modes.map((entry) => ({
            value: entry,
            ...t.composer.modes[entry],
            ...(entry === 'bypassPermissions' && { tone: 'warn' as const }),
          }))}
          onChoose={choose}
        />
      </Menu>
      <Dialog
        open={confirming}
        onOpenChange={setConfirming}
        title={t.composer.bypassTitle}
        description={t.composer.bypassHelp}
      >
        <div className="flex justify-end gap-2">
          <Button data-autofocus="" onClick={() => setConfirming(false)}>
            {t.app.cancel}
          </Button>
          <Button
            look="danger"
            onClick={() => {
              setConfirming(false);
              onChoose('bypassPermissions');
            }}
          >
            {t.composer.bypassConfirm}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
