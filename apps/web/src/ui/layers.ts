/** Dialogs, drawers and menus with their libraries: a chunk of its own that the first page does not load. */
export { DialogLayer } from './dialog-layer.tsx';
export { DrawerLayer } from './drawer-layer.tsx';
export { MenuChoicesLayer, MenuItemLayer, MenuLayer, MenuLinkLayer, MenuSeparatorLayer } from './menu-layer.tsx';
