import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { toCanonicalJson, toDigestOf } from './canonical-json.ts';
import { AUDIT_ACTIONS } from './fact.ts';

it('has the actions that the documentation lists', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../docs/operate/audit.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z_.]+)` \| (.*) \|$/gm)].map(([, action, tells]) => [action, tells]);
  expect(Object.fromEntries(rows)).toEqual(AUDIT_ACTIONS);
});

it('has the actions that the audit page has words for', async () => {
  const page = '../../../../apps/web/src/features/operate/audit-messages.ts';
  const text = await readFile(join(import.meta.dirname, page), 'utf8');
  const named = [...text.matchAll(/^ {4}'([a-z_]+\.[a-z_]+)': /gm)].map(([, action]) => String(action));
  expect(named.toSorted()).toEqual(Object.keys(AUDIT_ACTIONS).toSorted());
});

it('writes equal details alike, and cuts long ones', () => {
  expect(toCanonicalJson({ b: [{ d: 1, c: null }], a: undefined, z: 'é\u0000' })).toBe(
    String.raw`{"b":[{"c":null,"d":1}],"z":"é\u0000"}`,
  );
  const cut = JSON.parse(toCanonicalJson({ text: 'x'.repeat(1000), list: Array(1000).fill('y') })) as {
    text: string;
    list: string[];
  };
  expect([cut.text.length, cut.list.length]).toEqual([301, 50]);
});

it('digests equal inputs alike, whatever the order of their keys, and never cuts', () => {
  expect(toDigestOf({ a: 1, b: { c: 2, d: 3 } })).toBe(toDigestOf({ b: { d: 3, c: 2 }, a: 1 }));
  expect(toDigestOf({ command: `${'x'.repeat(1000)}a` })).not.toBe(toDigestOf({ command: `${'x'.repeat(1000)}b` }));
  // printf '{"command":"ls"}' | sha256sum
  expect(toDigestOf({ command: 'ls' })).toBe('4cf29611a66934862f29acfcc817e30b905c1ab73d5e65831413eb6b454d49db');
});
