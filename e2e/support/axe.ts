import { AxeBuilder } from '@axe-core/playwright';
import { until } from '@claude-sdk-pattern/testkit';
import type { Page } from 'playwright-core';

const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block'];

/** What axe holds against a page, one line for each element; light with every rule, then dark with those of colour. */
export async function findViolations(page: Page): Promise<string[]> {
  await switchTo(page, 'light');
  const light = await createAxe(page).analyze();
  await switchTo(page, 'dark');
  const dark = await createAxe(page).withRules(RULES_OF_COLOUR).analyze();
  return [...toLines('light', light), ...toLines('dark', dark)];
}

/** Our pages have no frames, whose results it would otherwise gather in a page of its own for every look: half the time. */
function createAxe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode(true);
}

/** Colours change in transitions, one after the other where they are inherited; half-way they would be misjudged. */
async function switchTo(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await until('the colours have changed', () =>
    page.evaluate<boolean>(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      .then(() => !document.getAnimations().some((one) => one instanceof CSSTransition))`),
  );
}

/** A rule that broke off has found nothing because it has looked at nothing, which axe reports only in passing. */
function toLines(theme: string, { violations, incomplete }: Awaited<ReturnType<AxeBuilder['analyze']>>): string[] {
  const broken = incomplete.filter((rule) => 'error' in rule);
  return [...violations, ...broken].flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, html, failureSummary = '' }) => `${theme}: ${id}: ${target.join(' ')} ${html}: ${failureSummary}`,
    ),
  );
}
