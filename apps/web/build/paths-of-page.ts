import type { Plugin } from 'vite';

/**
 * Lets the page name its files from the root, while scripts and styles name theirs relative to themselves (`base: './'`).
 * The page is served at every path of the app; the server puts its base path in front.
 */
export function pathsOfPage(): Plugin {
  return {
    name: 'paths-of-page',
    apply: 'build',
    transformIndexHtml: { order: 'post', handler: (html) => html.replaceAll(/(\s(?:href|src)=")\.\//g, '$1/') },
  };
}
