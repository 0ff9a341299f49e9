import { html, type Html } from './html.ts';

/** The little Markdown that descriptions are written in: paragraphs, lists with `-`, `code` and **bold**. */
export function renderText(text: string): Html {
  const blocks = text.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n');
    if (!lines.every((line) => line.startsWith('- '))) return html`<p>${renderInline(block)}</p>`;
    return html`<ul>
      ${lines.map((line) => html`<li>${renderInline(line.slice(2))}</li>`)}
    </ul>`;
  });
  return html`${blocks}`;
}

/** One line of it. */
export function renderInline(text: string): Html {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`;
    if (part.startsWith('**')) return html`<strong>${part.slice(2, -2)}</strong>`;
    return html`${part}`;
  });
  return html`${parts}`;
}
