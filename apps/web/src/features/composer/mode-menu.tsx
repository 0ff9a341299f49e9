import type { PermissionMode, SessionRule } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronDown, ShieldAlert, ShieldCheck, Undo2 } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Menu, MenuChoices, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { menuTriggerClass } from './model-menu.tsx';

export interface ModeMenuProps {
  mode: PermissionMode;
  onChoose: (mode: PermissionMode) => void;
  /** The rules allowed for the session, whose calls no longer ask. */
  rules?: readonly SessionRule[];
  /** Tells a rule in words. */
  describe?: (rule: SessionRule) => string;
  onRevoke?: (ruleId: string) => void;
  /** Others may drive the session. */
  isShared?: boolean;
  /** Why the person cannot choose another mode, if so. */
  fixedBecause?: string | null;
}

/** Chooses the permission mode. The mode that never asks has to be confirmed, and stays marked while it is on. */
export function ModeMenu({
  mode,
  onChoose,
  rules = [],
  isShared = false,
  fixedBecause = null,
  ...rest
}: ModeMenuProps) {
  const { permission_modes: modes } = useServices().bootstrap;
  const [confirming, setConfirming] = useState(false);
  const bypass = mode === 'bypassPermissions';
  const choose = (value: string) => {
    const next = modes.find((entry) => entry === value);
    if (next === undefined || next === mode) return;
    if (next === 'bypassPermissions') setConfirming(true);
    else onChoose(next);
  };
  // In the other modes these rules change nothing.
  const applies = mode === 'default' || mode === 'acceptEdits';
  const exceptions = applies && rules.length > 0 ? t.composer.exceptions(rules.length) : null;
  const name = t.composer.modes[mode].name;
  const Icon = bypass ? ShieldAlert : ShieldCheck;
  return (
    <>
      <Menu
        side="top"
        label={t.composer.mode}
        renderTrigger={(props) => (
          <button
            {...props}
            type="button"
            aria-label={`${t.composer.mode}: ${exceptions === null ? name : `${name}, ${exceptions}`}`}
            className={clsx(menuTriggerClass, bypass && 'bg-warn-soft font-semibold text-warn hover:text-warn')}
          >
            <Icon size={14} aria-hidden className="shrink-0" />
            <span className="truncate">
              {name}
              {exceptions !== null && (
                <>
                  {' · '}
                  <span className="max-md:hidden">{exceptions}</span>
                  <span className="md:hidden">{rules.length}</span>
                </>
              )}
            </span>
            <ChevronDown size={13} aria-hidden className="shrink-0 max-md:hidden" />
          </button>
        )}
      >
        <MenuChoices
          value={mode}
          choices={(fixedBecause === null ? modes : [mode]).map((entry) => ({
            value: entry,
            ...t.composer.modes[entry],
            ...(entry === 'bypassPermissions' && { tone: 'warn' as const }),
          }))}
          onChoose={choose}
        />
        {fixedBecause !== null && <p className="max-w-72 px-2 pt-1 pb-1.5 text-sm text-muted">{fixedBecause}</p>}
        {rules.length > 0 && (
          <>
            <MenuSeparator />
            <p className="px-2 pt-1 pb-0.5 text-xs font-semibold text-muted">{t.composer.rulesHeading}</p>
            {rules.map((rule) => (
              <MenuItem key={rule.id} icon={<Undo2 size={14} aria-hidden />} onSelect={() => rest.onRevoke?.(rule.id)}>
                <span className="min-w-0">
                  <span className="line-clamp-2 max-w-64 wrap-anywhere" title={rest.describe?.(rule)}>
                    <VisibleText text={(rest.describe?.(rule) ?? '').replaceAll('\n', ' ')} />
                  </span>
                  <span className="block text-sm font-semibold text-accent">{t.composer.takeBack}</span>
                </span>
              </MenuItem>
            ))}
          </>
        )}
      </Menu>
      <Dialog
        open={confirming}
        onOpenChange={setConfirming}
        title={t.composer.bypassTitle}
        description={isShared ? `${t.composer.bypassHelp} ${t.composer.bypassDrivers}` : t.composer.bypassHelp}
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
