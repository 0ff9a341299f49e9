import { expect, it } from 'vitest';

import { toTabTitle } from './to-tab-title.ts';

const hello = { id: 'a', name: 'Hello' };
const build = { id: 'b', name: 'Build' };

it.each([
  [{ needs: [], current: hello }, 'Hello · CSP'],
  [{ needs: [build, hello], current: hello }, '(2) Needs you · Hello · CSP'],
  [{ needs: [build], current: hello }, '(1) Needs you: Build · Hello · CSP'],
  [{ needs: [build], current: null }, '(1) Needs you: Build · CSP'],
])('names in the title what needs the person: %j', (facts, title) => {
  expect(toTabTitle(facts)).toBe(title);
});
