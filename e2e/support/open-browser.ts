import { chromium, type Browser } from 'playwright-core';

import { findChromium } from '../../scripts/setup/chromium.mjs';

/** The last list of them counts, so it names again what Playwright switches off. */
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
  // Two pages for the address bar of every window, which nobody sees, took more time of the processor than ours.
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
];

/** Starts the Chromium of this machine with an empty profile, which goes with it. @throws Error where there is none. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) {
    throw new Error('The browser journeys need Chromium: install it, or name one in CLAUDE_SDK_PATTERN_CHROMIUM.');
  }
  return chromium.launch({ executablePath, args: FLAGS });
}
