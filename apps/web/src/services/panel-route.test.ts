import { describe, expect, it } from 'vitest';

import { parsePanelView, toPanelHref, type PanelView } from './panel-route.ts';

describe('the address of the panel', () => {
  it('says all that it shows, and is read back as it was', () => {
    const views: PanelView[] = [
      { tab: 'changes' },
      { tab: 'changes', path: 'src/a b&c=ä.ts' },
      { tab: 'file' },
      { tab: 'file', path: 'src/greet.js', line: 12 },
      { tab: 'output' },
      { tab: 'output', call: 'sevt_1' },
      { tab: 'terminal' },
      { tab: 'background' },
      { tab: 'terminal', terminal: 'term_1' },
    ];
    for (const view of views) expect(parsePanelView(toPanelHref('sesn_1', view).split('?')[1] ?? '')).toEqual(view);
    expect(toPanelHref('sesn_1', { tab: 'file', path: 'src/greet.js' })).toBe(
      '/sessions/sesn_1?panel=file&path=src/greet.js',
    );
  });

  it('is closed by anything that it does not know', () => {
    expect(parsePanelView('')).toBeNull();
    expect(parsePanelView('panel=nothing&path=a')).toBeNull();
    expect(parsePanelView('panel=file&path=a&line=x')).toEqual({ tab: 'file', path: 'a' });
  });
});
