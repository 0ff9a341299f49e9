import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';

import { Block } from './block.tsx';
import { splitBlocks } from './split-blocks.ts';

const draw = (text: string, open = false) =>
  splitBlocks(text, text)
    .map((block) => renderToStaticMarkup(createElement(Block, { block, open, textId: 'text' })))
    .join('');
const count = (html: string, tag: string) => html.split(`<${tag}`).length - 1;

it('draws the first rows of a table with very many cells, and a button for the rest', () => {
  const row = (cell: string) => `| ${`${cell} | `.repeat(100)}`;
  const html = draw([row('head'), row('---'), ...Array.from({ length: 200 }, () => row('cell'))].join('\n'));
  expect(count(html, 'td')).toBe(1000);
  expect(html).toContain('Show 190 lines more');
  expect(count(draw('| a |\n| --- |\n| 1 |'), 'button')).toBe(0);
});

it('lets each part of an answer run in the direction of its own script, and code always from the left', () => {
  const html = draw('שלום\n\n- مرحبا\n\n> hello\n\n```\ncode\n```');
  expect(html).toMatch(/<p dir="auto">שלום/);
  expect(html).toContain('<ul dir="auto">');
  expect(html).toContain('<blockquote dir="auto">');
  expect(html).toMatch(/<div dir="ltr"[^>]*>.*<code>code/);
});

it('draws what is broken or nested without end as text, never as HTML', () => {
  const deep = Array.from({ length: 60 }, (_, level) => `${' '.repeat(level * 2)}- level ${level}`).join('\n');
  expect(draw(deep)).toContain('level 59');
  expect(draw(`${'>'.repeat(80)} quoted`)).toContain('quoted');
  const html = draw(
    `${'*'.repeat(400)}a\n\n${'['.repeat(300)}\n\n| a | b\n|---\n\n<div><script>alert(1)</script>\n\n\`\`\`ts\nopen`,
  );
  expect(html).not.toContain('<script');
  expect(html).toContain('open');
});

it('draws the first and the last part of a paragraph without end, and a button for what is between', () => {
  const html = draw(`**Begin** ${'of many words '.repeat(60_000)}**end**`);
  expect(html.length).toBeLessThan(15_000);
  expect(html).toContain('<strong>Begin</strong>');
  expect(html).toContain('<strong>end</strong>');
  expect(html).toMatch(/Show 83\d,\d{3} characters more/);
});

it('draws no more of it while it is written, and no button', () => {
  const html = draw('of many words '.repeat(60_000), true);
  expect(html.length).toBeLessThan(15_000);
  expect(html).toMatch(/83\d,\d{3} characters are left out here/);
  expect(count(html, 'button')).toBe(0);
});

it('draws the first part of a line of code without end', () => {
  const html = draw(`\`\`\`\n${'x'.repeat(840_000)}\n\`\`\``);
  expect(html.length).toBeLessThan(40_000);
  expect(html).toMatch(/Show 8\d\d,\d{3} characters more/);
});
