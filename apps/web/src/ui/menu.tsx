import { DropdownMenu } from 'radix-ui';
import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import { useState, type ReactNode } from 'react';

export interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  label: string;
}

/** A menu that opens from its trigger. */
export function Menu({ trigger, children, align = 'start', side = 'bottom', label }: MenuProps) {
  // Inside the landmark of its trigger: people who go by landmarks find it there, and a modal drawer does not hide it.
  const [landmark, setLandmark] = useState<HTMLElement | null>(null);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        asChild
        ref={(element) => setLandmark(element?.closest<HTMLElement>('[role="dialog"], main, aside') ?? null)}
      >
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={landmark}>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          className="anim-fade z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-52 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-up"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const itemClass =
  'tap flex w-full items-center gap-2 rounded-sm px-2 py-1.5 text-base outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-55';

export function MenuItem(props: { icon?: ReactNode; children: ReactNode; onSelect: () => void; danger?: boolean }) {
  return (
    <DropdownMenu.Item className={clsx(itemClass, props.danger === true && 'text-bad')} onSelect={props.onSelect}>
      {props.icon !== undefined && <span className="text-muted">{props.icon}</span>}
      {props.children}
    </DropdownMenu.Item>
  );
}

/** An item that leads somewhere; with `download`, to a file. */
export function MenuLink(props: { icon?: ReactNode; children: ReactNode; href: string; download?: boolean }) {
  return (
    <DropdownMenu.Item className={itemClass} asChild>
      <a href={props.href} download={props.download}>
        {props.icon !== undefined && <span className="text-muted">{props.icon}</span>}
        {props.children}
      </a>
    </DropdownMenu.Item>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}

export interface MenuChoice {
  value: string;
  name: string;
  help?: string;
  tone?: 'warn';
}

/** Choices of which one holds. */
export function MenuChoices(props: {
  value: string;
  choices: readonly MenuChoice[];
  onChoose: (value: string) => void;
}) {
  return (
    <DropdownMenu.RadioGroup value={props.value} onValueChange={props.onChoose}>
      {props.choices.map((choice) => (
        <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={clsx(itemClass, 'items-start pr-3')}>
          <span className="flex h-5 w-4 shrink-0 items-center text-accent">
            <DropdownMenu.ItemIndicator>
              <Check size={14} aria-hidden />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className="min-w-0">
            <span className={clsx('block', choice.tone === 'warn' && 'text-warn')}>{choice.name}</span>
            {choice.help !== undefined && <span className="block max-w-64 text-sm text-muted">{choice.help}</span>}
          </span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
