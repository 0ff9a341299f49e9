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

it('leaves formulas as they were written until they are typeset, and takes no prices for them', () => {
  const html = draw(
    'A line \\(y = mx\\), its area $\\int_0^1 x\\,dx$ for $x$.\n\n\\[ a * b * c \\]\n\n$$\nE = mc^2\n$$',
  );
  const codes = [...html.matchAll(/<code[^>]*>([^<]*)<\/code>/g)].map(([, code]) => code);
  expect(codes).toEqual(['\\(y = mx\\)', '$\\int_0^1 x\\,dx$', '$x$', '\\[ a * b * c \\]', '$$\nE = mc^2\n$$']);
  for (const prose of ['It costs $5 and $10.', 'Set $HOME/my_dir:$PATH first.', 'A $ b_c $ d', 'Open \\( and no end']) {
    expect(draw(prose)).not.toContain('<code');
  }
  expect(draw('| sum |\n| --- |\n| $a_1 + a_2$ |')).toContain('<code>$a_1 + a_2$</code>');
  expect(draw('`$x_1$`')).toBe('<p dir="auto"><code>$x_1$</code></p>');
});

it('draws the few elements that are only looks, without attributes, and shows all other HTML as text', () => {
  expect(draw('| keys |\n| --- |\n| <kbd>Ctrl</kbd><br>H<sub>2</sub>O |')).toContain(
    '<kbd>Ctrl</kbd><br/>H<sub>2</sub>O',
  );
  const details = draw('<details>\n<summary>More **here**</summary>\n\nInside\n\n</details>');
  expect(details).toBe('<p dir="auto"><strong>More <strong>here</strong></strong></p><p dir="auto">Inside</p>');
  for (const html of [
    'a <b onclick="x()">b</b>',
    'a <kbd style="x">b</kbd>',
    '<summary><img src=x onerror=y></summary>',
    '<div><iframe src="x"></iframe></div>',
    'a <b>b',
  ]) {
    expect(draw(html)).not.toMatch(/<(?!\/?(?:p|strong)\b)/);
  }
});

it('gives code without a language no title row, and offers to wrap what is long', () => {
  expect(draw('```\nshort\n```')).not.toContain('justify-between');
  expect(draw('```\nshort\n```')).not.toContain('Wrap long lines');
  expect(draw(`\`\`\`sh\n${'long '.repeat(30)}\n\`\`\``)).toContain('Wrap long lines');
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
  expect(html).toMatch(/83\d,\d{3} characters are hidden until this part is finished/);
  expect(count(html, 'button')).toBe(0);
});

it('draws the first part of a line of code without end', () => {
  const html = draw(`\`\`\`\n${'x'.repeat(840_000)}\n\`\`\``);
  expect(html.length).toBeLessThan(40_000);
  expect(html).toMatch(/Show 8\d\d,\d{3} characters more/);
});
