import { expect, it } from 'vitest';

import { toModeNotice } from './mode-notice.ts';

it('says nothing where the process is in the mode that it was asked to be in, or does not say', () => {
  for (const asked of ['plan', 'default'] as const) {
    expect(toModeNotice(asked, asked)).toBeUndefined();
    expect(toModeNotice(asked, undefined)).toBeUndefined();
  }
});

it('names the mode that is in effect instead', () => {
  expect(toModeNotice('plan', 'default')).toMatch(/not switched to plan mode .*its mode is default/);
  expect(toModeNotice('default', 'plan')).toMatch(/not switched back .*its mode is plan/);
});
