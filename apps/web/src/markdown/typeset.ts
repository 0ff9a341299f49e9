import katex from 'katex';
import 'katex/dist/katex.min.css';

export type Typesetter = (element: HTMLElement, tex: string, display: boolean) => boolean;

/**
 * Draws a formula into an element; false where it cannot be read. Nothing in it may load, link or style: `trust` is off,
 * and what a formula can grow to is bounded.
 */
export const typeset: Typesetter = (element, tex, display) => {
  try {
    katex.render(tex, element, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      errorColor: 'var(--bad)',
      strict: 'ignore',
      maxExpand: 200,
      maxSize: 20,
    });
    return true;
  } catch {
    element.replaceChildren();
    return false;
  }
};
