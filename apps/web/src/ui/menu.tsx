import {
  createContext,
  use,
  useEffect,
  useId,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';

import { layersPart, type Layers } from './load-layers.ts';
import type { MenuChoicesProps, MenuItemProps, MenuLinkProps, MenuOpening } from './menu-layer.tsx';
import { useOnDemand } from './on-demand.ts';

/** The properties that make a button the trigger of a menu. */
export interface MenuTriggerProps {
  'aria-haspopup': 'menu';
  'aria-expanded': boolean;
  'aria-controls': string | undefined;
  'data-state': 'open' | 'closed';
  onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

export interface MenuProps {
  renderTrigger: (props: MenuTriggerProps) => ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  label: string;
  /** Told when the menu opens, and when it closes or is taken away. */
  onOpenChange?: (open: boolean) => void;
}

const LayersContext = createContext<Layers | null>(null);

/** A menu with its trigger, an ordinary button. The code that renders menus is loaded when the first menu opens. */
export function Menu({ renderTrigger, children, onOpenChange, ...rest }: MenuProps) {
  const [opening, setOpening] = useState<MenuOpening | null>(null);
  const id = useId();
  const open = opening?.open === true;
  const layers = useOnDemand(layersPart, open);
  useEffect(() => {
    if (!open) return undefined;
    onOpenChange?.(true);
    return () => onOpenChange?.(false);
  }, [open, onOpenChange]);
  const setOpen = (next: boolean) => setOpening((before) => before && { ...before, open: next });
  return (
    <>
      {renderTrigger({
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        'aria-controls': open && layers !== null ? id : undefined,
        'data-state': open ? 'open' : 'closed',
        onPointerDown(event) {
          if (event.button !== 0 || event.ctrlKey) return;
          setOpening({ open: !open, trigger: event.currentTarget, byKey: false });
          // Keeps the trigger from taking the focus, which goes to the menu.
          if (!open) event.preventDefault();
        },
        onKeyDown(event) {
          if (!['Enter', ' ', 'ArrowDown'].includes(event.key)) return;
          event.preventDefault();
          setOpening({ open: event.key === 'ArrowDown' || !open, trigger: event.currentTarget, byKey: true });
        },
      })}
      {opening !== null && layers !== null && (
        <LayersContext value={layers}>
          <layers.MenuLayer id={id} opening={opening} onOpenChange={setOpen} {...rest}>
            {children}
          </layers.MenuLayer>
        </LayersContext>
      )}
    </>
  );
}

function useLayers(): Layers {
  const layers = use(LayersContext);
  if (layers === null) throw new Error('an entry of a menu stands outside of one');
  return layers;
}

export function MenuItem(props: MenuItemProps) {
  const layers = useLayers();
  return <layers.MenuItemLayer {...props} />;
}

/** An item with a link, or with `download` a link to a file. */
export function MenuLink(props: MenuLinkProps) {
  const layers = useLayers();
  return <layers.MenuLinkLayer {...props} />;
}

export function MenuSeparator() {
  const layers = useLayers();
  return <layers.MenuSeparatorLayer />;
}

/** Items of which one is selected. */
export function MenuChoices(props: MenuChoicesProps) {
  const layers = useLayers();
  return <layers.MenuChoicesLayer {...props} />;
}
