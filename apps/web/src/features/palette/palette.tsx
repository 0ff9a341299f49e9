import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import {
  Archive,
  BookOpen,
  Hand,
  Keyboard,
  LogOut,
  type LucideIcon,
  Monitor,
  Moon,
  SquarePen,
  Sun,
} from 'lucide-react';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { useStore } from 'zustand';

import { toHref } from '../../api/base-path.ts';
import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { useFocusBack } from '../../ui/use-focus-back.ts';
import { listSections } from '../../services/sections.ts';
import { StatusGlyph } from '../status/status-glyph.tsx';
import { describeWord, levelOf } from '../../services/session-level.ts';
import { toSessionWord } from '../../session/session-word.ts';
import { findLongestWord, matchWords } from './match-words.ts';

const SEARCH_DELAY_MS = 200;

/**
 * The command palette: finds sessions and commands.
 *
 * Over 100 lines: a flat list of what can be chosen.
 */
export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { bootstrap, sessions, preferences, signOut } = useServices();
  const byId = useStore(sessions.store, (state) => state.byId);
  const elsewhere = useStore(sessions.store, (state) => state.elsewhere);
  const [, navigate] = useLocation();
  const focusBack = useFocusBack();
  const [typed, setTyped] = useState('');
  // Only the newest sessions are loaded; the sessions that the server finds are added.
  useEffect(() => {
    const word = findLongestWord(typed);
    if (word === '') return undefined;
    const timer = setTimeout(() => void sessions.find(word), SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [sessions, typed]);
  const run = (action: () => void) => () => {
    onClose();
    action();
  };
  const commands: readonly { name: string; Icon: LucideIcon; action: () => void }[] = [
    { name: t.sessions.new, Icon: SquarePen, action: () => navigate('/') },
    { name: t.palette.goApprovals, Icon: Hand, action: () => navigate('/approvals') },
    { name: t.sessions.groups.archived, Icon: Archive, action: () => navigate('/archived') },
    ...listSections(bootstrap).map(({ name, Icon, href }) => ({
      name: href === '/settings' ? t.palette.goSettings : name,
      Icon,
      action: () => navigate(href),
    })),
    { name: t.palette.shortcuts, Icon: Keyboard, action: onShortcuts },
    {
      name: t.palette.theme(t.settings.themes.light),
      Icon: Sun,
      action: () => preferences.setState({ theme: 'light' }),
    },
    {
      name: t.palette.theme(t.settings.themes.dark),
      Icon: Moon,
      action: () => preferences.setState({ theme: 'dark' }),
    },
    {
      name: t.palette.theme(t.settings.themes.system),
      Icon: Monitor,
      action: () => preferences.setState({ theme: 'system' }),
    },
    { name: t.palette.apiReference, Icon: BookOpen, action: () => location.assign(toHref('/api/docs')) },
    { name: t.palette.signOut, Icon: LogOut, action: () => void signOut() },
  ];
  const listed = [...byId.values()].toSorted((a, b) => b.updated_at.localeCompare(a.updated_at));
  const row = 'tap flex items-center gap-3 rounded-sm px-3 py-2 select-none data-[selected=true]:bg-hover';
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="anim-fade fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          {...focusBack}
          aria-describedby={undefined}
          className="anim-rise fixed inset-x-2 top-[max(8px,10dvh)] z-50 mx-auto max-w-xl overflow-hidden rounded-lg border border-line bg-raised shadow-up outline-none"
        >
          <Dialog.Title className="sr-only">{t.palette.open}</Dialog.Title>
          <Command label={t.palette.open} loop filter={matchWords}>
            <Command.Input
              value={typed}
              onValueChange={setTyped}
              placeholder={t.palette.placeholder}
              className="h-12 w-full border-b border-line bg-transparent px-4 text-lg outline-none"
            />
            <Command.List className="max-h-[min(420px,60dvh)] overflow-y-auto p-2 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-muted">
              <Command.Empty className="px-3 py-6 text-center text-muted">{t.palette.empty}</Command.Empty>
              <Command.Group heading={t.palette.sessions}>
                {listed.map((session) => (
                  <Command.Item
                    key={session.id}
                    value={`${session.title ?? t.sessions.untitled} ${session.id}`}
                    onSelect={run(() => navigate(`/sessions/${session.id}`))}
                    className={row}
                  >
                    <StatusGlyph name={toSessionWord(session)} />
                    <span className="min-w-0 flex-1 truncate">{session.title ?? t.sessions.untitled}</span>
                    <span className="shrink-0 text-sm text-muted">
                      {describeWord(toSessionWord(session), levelOf(session), elsewhere.get(session.id))}
                    </span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading={t.palette.commands}>
                {commands.map(({ name, Icon, action }) => (
                  <Command.Item key={name} value={name} onSelect={run(action)} className={row}>
                    <Icon size={15} aria-hidden className="shrink-0 text-muted" />
                    {name}
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
