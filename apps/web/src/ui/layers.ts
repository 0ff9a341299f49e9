/** What lies over the page, and the libraries behind it: a chunk of its own, which the first page does without. */
export { DialogLayer } from './dialog-layer.tsx';
export { DrawerLayer } from './drawer-layer.tsx';
export { MenuChoicesLayer, MenuItemLayer, MenuLayer, MenuLinkLayer, MenuSeparatorLayer } from './menu-layer.tsx';
