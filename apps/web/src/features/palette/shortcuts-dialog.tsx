import { t } from '../../messages/index.ts';
import { Dialog } from '../../ui/dialog.tsx';

const MOD = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const GROUPS: readonly { title: string; keys: readonly (readonly [label: string, ...keys: string[]])[] }[] = [
  {
    title: t.shortcuts.groups.everywhere,
    keys: [
      [t.shortcuts.palette, `${MOD} K`],
      [t.shortcuts.newSession, `${MOD} Shift O`],
      [t.shortcuts.switchSession, 'Alt ↑', 'Alt ↓'],
      [t.shortcuts.goApproval, 'Alt A'],
      [t.shortcuts.stop, `${MOD} .`],
      [t.shortcuts.closeTop, 'Esc'],
      [t.shortcuts.help, '?'],
    ],
  },
  {
    title: t.shortcuts.groups.composer,
    keys: [
      [t.shortcuts.send, 'Enter'],
      [t.shortcuts.line, 'Shift Enter'],
      [t.shortcuts.recall, '↑'],
    ],
  },
  {
    title: t.shortcuts.groups.conversation,
    keys: [
      [t.shortcuts.turns, 'J', 'K'],
      [t.shortcuts.expand, 'O'],
      [t.shortcuts.latest, 'G'],
    ],
  },
  {
    title: t.shortcuts.groups.approval,
    keys: [
      [t.shortcuts.allow, 'A'],
      [t.shortcuts.deny, 'D'],
    ],
  },
];

/** The list of all keyboard shortcuts. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t.shortcuts.title} wide>
      <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1 text-sm font-semibold text-muted">{group.title}</h3>
            <dl>
              {group.keys.map(([label, ...keys]) => (
                <div
                  key={label}
                  className="flex items-center justify-between gap-4 border-b border-line py-1.5 last:border-b-0"
                >
                  <dt>{label}</dt>
                  <dd className="flex shrink-0 gap-1">
                    {keys.map((key) => (
                      <kbd key={key} className="rounded-sm border border-line bg-surface px-1.5 text-xs leading-5">
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
