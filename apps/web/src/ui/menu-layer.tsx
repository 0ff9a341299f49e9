import { clsx } from 'clsx';
import { Check } from 'lucide-react';
// The public Radix menu insists on rendering its trigger itself; this lower-level one accepts an element as its anchor.
import { Menu } from 'radix-ui/internal';
import { useMemo, useRef, type ReactNode } from 'react';

export interface MenuOpening {
  open: boolean;
  trigger: HTMLElement;
  /** Opened by key: the first item then gets the focus. */
  byKey: boolean;
}

export interface MenuItemProps {
  icon?: ReactNode;
  children: ReactNode;
  onSelect: () => void;
  danger?: boolean;
}

export interface MenuLinkProps {
  icon?: ReactNode;
  children: ReactNode;
  href: string;
  download?: boolean;
}

export interface MenuChoice {
  value: string;
  name: string;
  help?: string;
  tone?: 'warn';
}

export interface MenuChoicesProps {
  value: string;
  choices: readonly MenuChoice[];
  onChoose: (value: string) => void;
}

export interface MenuLayerProps {
  id: string;
  opening: MenuOpening;
  onOpenChange: (open: boolean) => void;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  label: string;
  children: ReactNode;
}

/** The content of `Menu`, next to its trigger. */
export function MenuLayer(props: MenuLayerProps) {
  const { id, opening, onOpenChange, align = 'start', side = 'bottom', label, children } = props;
  const { open, trigger, byKey } = opening;
  const anchor = useMemo(() => ({ current: trigger }), [trigger]);
  // Rendered inside the trigger's landmark, so that people who navigate by landmarks find it and a modal drawer does
  // not hide it.
  const landmark = useMemo(() => trigger.closest<HTMLElement>('[role="dialog"], main, aside'), [trigger]);
  const content = useRef<HTMLDivElement>(null);
  const pressedElsewhere = useRef(false);
  return (
    <Menu.Root open={open} onOpenChange={onOpenChange} modal={false}>
      <Menu.Anchor virtualRef={anchor} />
      <Menu.Portal container={landmark}>
        <Menu.Content
          ref={content}
          id={id}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          onEntryFocus={(event) => {
            if (!byKey) return;
            event.preventDefault();
            content.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus({ preventScroll: true });
          }}
          onInteractOutside={() => {
            pressedElsewhere.current = true;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // If a person pressed something else, or an item opened a text field, the focus is there and stays there.
            const { activeElement } = document;
            const taken = activeElement !== document.body && content.current?.contains(activeElement) !== true;
            if (!pressedElsewhere.current && !taken) trigger.focus();
            pressedElsewhere.current = false;
          }}
          className="anim-fade z-50 max-h-[var(--radix-popper-available-height)] min-w-52 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-up"
        >
          {children}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

const itemClass =
  'tap flex w-full items-center gap-2 rounded-sm px-2 py-1.5 text-base outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-55';

export function MenuItemLayer({ icon, children, onSelect, danger = false }: MenuItemProps) {
  return (
    <Menu.Item className={clsx(itemClass, danger && 'text-bad')} onSelect={onSelect}>
      {icon !== undefined && <span className="text-muted">{icon}</span>}
      {children}
    </Menu.Item>
  );
}

export function MenuLinkLayer({ icon, children, href, download }: MenuLinkProps) {
  return (
    <Menu.Item className={itemClass} asChild>
      <a href={href} download={download}>
        {icon !== undefined && <span className="text-muted">{icon}</span>}
        {children}
      </a>
    </Menu.Item>
  );
}

export function MenuSeparatorLayer() {
  return <Menu.Separator className="my-1 h-px bg-line" />;
}

export function MenuChoicesLayer({ value, choices, onChoose }: MenuChoicesProps) {
  return (
    <Menu.RadioGroup value={value} onValueChange={onChoose}>
      {choices.map((choice) => (
        <Menu.RadioItem key={choice.value} value={choice.value} className={clsx(itemClass, 'items-start pr-3')}>
          <span className="flex h-5 w-4 shrink-0 items-center text-accent">
            <Menu.ItemIndicator>
              <Check size={14} aria-hidden />
            </Menu.ItemIndicator>
          </span>
          <span className="min-w-0">
            <span className={clsx('block', choice.tone === 'warn' && 'text-warn')}>{choice.name}</span>
            {choice.help !== undefined && <span className="block max-w-64 text-sm text-muted">{choice.help}</span>}
          </span>
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}
