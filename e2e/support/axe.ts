import { AxeBuilder } from '@axe-core/playwright';
import { until } from '@claude-sdk-pattern/testkit';
import type { Page } from 'playwright-core';

type RunOptions = Parameters<AxeBuilder['options']>[0];

const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block'];
/** Replaces the source of axe where the page has loaded it: parsing takes as long as the checks of the colours. */
const IS_THERE = ';';
const HAS_AXE = 'window.axe !== undefined';
/** What `toLines` reads. axe would describe every element that passed, too, which takes a third of the time. */
const RESULT_TYPES: NonNullable<RunOptions['resultTypes']> = ['violations', 'incomplete'];

/**
 * The violations that axe finds on a page, one line per element: all rules in the light theme, the colour rules in the
 * dark theme.
 */
export async function findViolations(page: Page): Promise<string[]> {
  await switchTo(page, 'light');
  const light = await createAxe(page, (await page.evaluate<boolean>(HAS_AXE)) ? IS_THERE : undefined).analyze();
  await switchTo(page, 'dark');
  const dark = await createAxe(page, IS_THERE, { runOnly: { type: 'rule', values: RULES_OF_COLOUR } }).analyze();
  return [...toLines('light', light), ...toLines('dark', dark)];
}

/** Pixels by which the page is wider than its window. */
export function findOverflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/**
 * The pages have no frames. Without this option axe collects frame results in an extra page, which takes half the time
 * of each run.
 */
function createAxe(page: Page, axeSource?: string, rules: Pick<RunOptions, 'runOnly'> = {}): AxeBuilder {
  return new AxeBuilder({ page, ...(axeSource !== undefined && { axeSource }) })
    .setLegacyMode(true)
    .options({ ...rules, resultTypes: RESULT_TYPES });
}

/**
 * Colours change in transitions, one after the other where they are inherited. A check during a transition would report
 * wrong contrasts.
 */
async function switchTo(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await until('the colours have changed', () =>
    page.evaluate<boolean>(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      .then(() => !document.getAnimations().some((one) => one instanceof CSSTransition))`),
  );
}

/** A rule that failed with an error has checked nothing, which axe reports only as incomplete. */
function toLines(theme: string, { violations, incomplete }: Awaited<ReturnType<AxeBuilder['analyze']>>): string[] {
  const broken = incomplete.filter((rule) => 'error' in rule);
  return [...violations, ...broken].flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, html, failureSummary = '' }) => `${theme}: ${id}: ${target.join(' ')} ${html}: ${failureSummary}`,
    ),
  );
}
