import { expect, it } from 'vitest';

import { decodeEntities } from './decode-entities.ts';
import { toSafeHref } from './safe-href.ts';

it.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  '//evil.example',
  'src/app.ts',
])('follows no link to %s', (href) => {
  expect(toSafeHref(href)).toBeNull();
});

it.each(['https://example.org/a?b#c', 'http://localhost:3000/', 'mailto:a@example.org'])(
  'follows a link to %s',
  (href) => {
    expect(toSafeHref(href)).toBe(href);
  },
);

it('decodes entities once, and leaves the unknown as they are', () => {
  expect(decodeEntities('a &lt; b &amp;&amp; c &#62; d &unknown; &amp;lt;')).toBe('a < b && c > d &unknown; &lt;');
});
