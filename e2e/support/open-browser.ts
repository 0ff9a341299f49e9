import { chromium, type Browser } from 'playwright-core';

import { findBareChromium, findChromium } from '../../scripts/setup/chromium.mjs';

/** Chromium uses only the last list of disabled features, so this list repeats Playwright's. */
const FEATURES_OFF = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  // Turns off a second process for every page, which Chromium keeps for a navigation to another site.
  'SpareRendererForSitePerProcess',
  // Turns off the two pages that Chromium creates for the address bar of every window, which cost more processor time
  // than the tested pages.
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
];

const FLAGS = [
  `--disable-features=${FEATURES_OFF.join(',')}`,
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // Pages that are open at the same time share one renderer process.
  '--renderer-process-limit=1',
];

/**
 * Starts this machine's Chromium with an empty profile, which is deleted on close. A bare one, where the machine has it,
 * costs less processor time and shows no notifications. @throws Error if there is no Chromium.
 */
export async function openBrowser({ bare = false } = {}): Promise<Browser> {
  const executablePath = (bare ? findBareChromium : findChromium)(process.env);
  if (executablePath === undefined) {
    throw new Error('The browser journeys need Chromium: install it, or name one in CLAUDE_SDK_PATTERN_CHROMIUM.');
  }
  return chromium.launch({ executablePath, args: FLAGS });
}
