// Takes screenshots of every view, light and dark, wide and narrow, into e2e/screenshots, and those of the README into
// docs/images.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import { chatOf } from './support/chat.ts';
import { createStage, type Stage } from './support/create-stage.ts';
import { prepareShowcase, showcaseScenarios, type Showcase } from './support/showcase.ts';
import { phoneViews, views } from './support/views.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'e2e', 'screenshots');
const README_IMAGE = join(ROOT, 'docs', 'images', 'session.png');
/** In pixels; high enough for a whole turn with its diff. */
const README_SIZE = { width: 1280, height: 1200 };

await using stage = await createStage({ scenarios: showcaseScenarios });
const showcase = await prepareShowcase(stage.server);
await mkdir(FOLDER, { recursive: true });
for (const phone of [false, true]) {
  for (const theme of ['light', 'dark'] as const) await takeAll(stage, showcase, { phone, theme });
}
await takeReadmeImage(stage, showcase);

async function takeAll(from: Stage, shown: Showcase, look: { phone: boolean; theme: 'light' | 'dark' }): Promise<void> {
  for (const { name, path, settle, signedIn = true } of look.phone ? [...views, ...phoneViews] : views) {
    const page = await from.open({ path: path(shown), signedIn, ...look });
    await settle(page);
    await waitUntilDrawn(page);
    const file = `${name.replaceAll(/\W+/g, '-')}-${look.phone ? 390 : 1280}-${look.theme}.png`;
    await page.screenshot({ path: join(FOLDER, file) });
    console.log(file);
    await page.context().close();
  }
}

async function takeReadmeImage(from: Stage, shown: Showcase): Promise<void> {
  const page = await from.open({ path: `/sessions/${shown.work}` });
  await page.setViewportSize(README_SIZE);
  await chatOf(page).find('Existing callers').waitFor();
  await waitUntilDrawn(page);
  await mkdir(join(README_IMAGE, '..'), { recursive: true });
  await page.screenshot({ path: README_IMAGE });
  console.log(README_IMAGE);
}

/** Resolves when nothing is loading and a few frames have passed, in which the list positions its rows. */
async function waitUntilDrawn(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  const frame = 'new Promise((resolve) => requestAnimationFrame(resolve))';
  for (let frames = 0; frames < 5; frames += 1) await page.evaluate(frame);
}
