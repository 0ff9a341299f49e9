import type { Page } from 'playwright-core';

const LEAST_TARGET_PX = 44;

/** Buttons and links on screen that are lower than a thumb; links inside a text may be as high as its line. */
export function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('button, a, summary, [role=radio], [role=switch]')]
    .filter((one) => one.checkVisibility() && one.closest('.prose') === null && getComputedStyle(one).position !== 'fixed')
    .map((one) => ({ name: one.getAttribute('aria-label') ?? one.textContent, height: one.getBoundingClientRect().height }))
    .filter(({ height }) => height < ${LEAST_TARGET_PX})
    .map(({ name, height }) => name.trim() + ' ' + height)`);
}
