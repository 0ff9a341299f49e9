import { clsx } from 'clsx';
import { File } from 'lucide-react';
import { useEffect, useRef } from 'react';

import { VisibleText } from '../../ui/visible-text.tsx';
import { m } from './messages.ts';
import type { Suggestion } from './suggestions.ts';
import type { ComposerMenuState } from './use-composer-menu.ts';

export const MENU_ID = 'composer-menu';
export const toOptionId = (index: number) => `composer-option-${index}`;

/** A heading of the list, and the entries below it with their places in the whole list. */
interface Group {
  key: string;
  title: string;
  entries: { suggestion: Suggestion; index: number }[];
}

/** The entries by heading, in the order of the list: what is found best comes first, with others of its kind. */
function toGroups(items: readonly Suggestion[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, suggestion] of items.entries()) {
    const { group, plugin } = suggestion;
    const key = plugin === undefined ? group : `plugin:${plugin.name}`;
    const known = groups.get(key) ?? { key, title: plugin?.display_name ?? m.groups[group], entries: [] };
    groups.set(key, known);
    known.entries.push({ suggestion, index });
  }
  return [...groups.values()];
}

/** The menu of suggestions for `/` or `@`, above the message box. The message box keeps the focus. */
export function ComposerMenu({ menu, onChoose }: { menu: ComposerMenuState; onChoose: (chosen: Suggestion) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const { kind, query } = menu.trigger;
  const items = menu.list?.items ?? [];
  useEffect(() => {
    const option = box.current?.querySelector('[aria-selected="true"]');
    if (option == null) box.current?.scrollTo({ top: 0 });
    else option.scrollIntoView({ block: 'nearest' });
  }, [menu.active, query]);
  return (
    <div
      role="presentation"
      // Keeps the focus in the message box, also on a touch screen.
      onMouseDown={(event) => event.preventDefault()}
      className="anim-fade absolute inset-x-0 bottom-full z-20 mb-2 overflow-hidden rounded-md border border-line bg-raised shadow-up"
    >
      {items.length > 0 ? (
        <div
          ref={box}
          id={MENU_ID}
          role="listbox"
          // A scrollable element has to be focusable with the keyboard. Tab closes the menu before the focus gets here.
          tabIndex={0}
          aria-label={kind === 'file' ? m.files : m.commands}
          className="max-h-[min(320px,40dvh)] overflow-y-auto overscroll-contain p-1"
        >
          {toGroups(items).map(({ key, title, entries }) => (
            <div key={key} role="group" aria-label={title}>
              <p aria-hidden className="truncate px-2 pt-1.5 pb-1 text-xs font-semibold text-muted">
                <VisibleText text={title} />
              </p>
              {entries.map(({ suggestion, index }) => (
                <Option
                  key={suggestion.id}
                  suggestion={suggestion}
                  index={index}
                  active={index === menu.active}
                  onChoose={onChoose}
                />
              ))}
            </div>
          ))}
        </div>
      ) : (
        <p className="px-3 py-2.5 text-sm text-muted">{menu.failed ? m.failed : m.noFiles}</p>
      )}
      {menu.list?.truncated === true && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">{m.more}</p>}
    </div>
  );
}

interface OptionProps {
  suggestion: Suggestion;
  index: number;
  active: boolean;
  onChoose: (chosen: Suggestion) => void;
}

function Option({ suggestion, index, active, onChoose }: OptionProps) {
  const { group, label, detail, hint, plugin } = suggestion;
  const nameAt = plugin === undefined ? 0 : plugin.name.length + 1;
  const slash = label.lastIndexOf('/') + 1;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys go to the message box, which has the focus
    <div
      id={toOptionId(index)}
      role="option"
      aria-selected={active}
      {...(group === 'file' && { 'aria-label': label })}
      tabIndex={-1}
      onClick={() => onChoose(suggestion)}
      className={clsx(
        'tap flex cursor-pointer items-center gap-2 rounded-sm px-2 py-1.5 select-none hover:bg-hover',
        // Names with the name of a plugin are long.
        plugin !== undefined && 'max-md:flex-col max-md:items-start max-md:justify-center max-md:gap-0',
        active && 'bg-accent-soft',
      )}
    >
      {group === 'file' ? (
        <>
          <File size={14} aria-hidden className="shrink-0 text-muted" />
          <span className="min-w-0 truncate">
            {label.slice(slash)}
            {slash > 0 && <span className="ml-2 text-sm text-muted">{label.slice(0, slash - 1)}</span>}
          </span>
        </>
      ) : (
        <>
          <span
            className={clsx('shrink-0 truncate', plugin === undefined ? 'max-w-full' : 'max-w-[60%] max-md:max-w-full')}
          >
            <span className="text-muted">/{label.slice(0, nameAt)}</span>
            <span className="font-semibold">{label.slice(nameAt)}</span>
          </span>
          {hint !== '' && (
            <span className="max-w-[26%] shrink-0 truncate font-mono text-xs text-muted max-md:hidden">{hint}</span>
          )}
          <span className="max-w-full min-w-0 truncate text-sm text-muted">{detail}</span>
        </>
      )}
    </div>
  );
}
