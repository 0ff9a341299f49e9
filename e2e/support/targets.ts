import type { Page } from 'playwright-core';

const LEAST_TARGET_PX = 44;

/**
 * Visible buttons and links that are lower than the minimum touch target. Links inside a text may be as high as their
 * line.
 */
export function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('button, a, summary, [role=radio], [role=switch]')]
    .filter((one) => one.checkVisibility() && one.closest('.prose') === null && getComputedStyle(one).position !== 'fixed')
    .map((one) => ({ name: one.getAttribute('aria-label') ?? one.textContent, height: one.getBoundingClientRect().height }))
    .filter(({ height }) => height < ${LEAST_TARGET_PX})
    .map(({ name, height }) => name.trim() + ' ' + height)`);
}
