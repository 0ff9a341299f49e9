import katex from 'katex';
import 'katex/dist/katex.min.css';

export type Typesetter = (element: HTMLElement, tex: string, display: boolean) => boolean;

/**
 * Renders a formula into an element. Returns false if the formula cannot be parsed. A formula can neither load, link
 * nor style anything, because `trust` is off; its size is limited.
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
