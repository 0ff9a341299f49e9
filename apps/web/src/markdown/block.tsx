import type { Token, Tokens } from 'marked';
import { memo, type ReactNode } from 'react';
import remend from 'remend';

import { cutText } from '../ui/cut-text.ts';
import { CodeBlock } from './code-block.tsx';
import { HtmlBlock } from './html-block.tsx';
import { renderInline } from './inline.tsx';
import { lex, type MathToken } from './lexer.ts';
import { LongBlock } from './long-block.tsx';
import { Formula } from './math.tsx';
import { hasOwnWindow, type MarkdownBlock } from './split-blocks.ts';
import { TableBlock } from './table-block.tsx';

interface Place {
  /** Whether it is still being written. */
  open: boolean;
  /**
   * The block's index among all texts. State that belongs to the block, such as open or wrapped, is stored under it.
   */
  at: string;
}

export interface BlockProps {
  block: MarkdownBlock;
  open: boolean;
  /** The text that contains the block. */
  textId: string;
}

/**
 * Renders one block. A closed block is rendered once. In an open block (`open`), unfinished marks are completed, so
 * that no single asterisk appears for a moment.
 */
export const Block = memo(
  function Block({ block, open, textId }: BlockProps) {
    const cut = hasOwnWindow(block.token) ? null : cutText(block.raw);
    if (cut !== null)
      return <LongBlock longKey={`${textId}:${block.key}`} raw={block.raw} cut={cut} open={open} draw={drawText} />;
    const at = `${textId}:${block.key}`;
    if (!open || block.token.type === 'code') return renderBlock(block.token, 0, { open, at });
    return renderText(block.raw, { open, at });
  },
  (a, b) => a.open === b.open && a.block.raw === b.block.raw,
);

const drawText = (text: string) => renderText(text, { open: false, at: '' });

/** Renders a text on its own, with its unfinished marks completed. */
function renderText(text: string, place: Place): ReactNode {
  // An unfinished formula is shown as text.
  const tokens = lex(remend(text, { katex: false }));
  return <>{tokens.map((token, index) => renderBlock(token, index, place))}</>;
}

function renderBlock(token: Token, key: number, place: Place): ReactNode {
  switch (token.type) {
    case 'paragraph':
      return (
        <p key={key} dir="auto">
          {renderInline(token.tokens)}
        </p>
      );
    case 'text':
      return <span key={key}>{token.tokens === undefined ? renderInline([token]) : renderInline(token.tokens)}</span>;
    case 'heading':
      return renderHeading(token as Tokens.Heading, key);
    case 'code': {
      const code = token as Tokens.Code;
      const open = place.open && !isClosed(code);
      return <CodeBlock key={key} code={code.text} language={code.lang ?? ''} open={open} blockKey={place.at} />;
    }
    case 'list':
      return renderList(token as Tokens.List, key, place);
    case 'blockquote':
      return (
        <blockquote key={key} dir="auto">
          {renderBlocks(token.tokens, place)}
        </blockquote>
      );
    case 'table':
      return <TableBlock key={key} table={token as Tokens.Table} blockKey={place.at} />;
    case 'math': {
      const { tex, raw } = token as MathToken;
      return <Formula key={key} tex={tex} raw={raw} display />;
    }
    case 'hr':
      return <hr key={key} />;
    case 'space':
    case 'def':
    case 'checkbox':
      return null;
    case 'html':
      return <HtmlBlock key={key} html={token.raw.trim()} />;
    default:
      return <p key={key}>{token.raw}</p>;
  }
}

function renderBlocks(tokens: readonly Token[] | undefined, { open, at }: Place): ReactNode[] {
  return (tokens ?? []).map((token, index) => renderBlock(token, index, { open, at: `${at}.${index}` }));
}

/**
 * All headings of an answer have one level, directly below the turns' headings. The virtual list may show any part of
 * an answer alone, where a deeper heading would have no parent. Their size still shows their depth.
 */
function renderHeading(heading: Tokens.Heading, key: number): ReactNode {
  return (
    <h3 key={key} dir="auto" data-depth={heading.depth}>
      {renderInline(heading.tokens)}
    </h3>
  );
}

function renderList(list: Tokens.List, key: number, { open, at }: Place): ReactNode {
  const items = list.items.map((item, index) => (
    <li key={index}>
      {item.task && (
        <input
          type="checkbox"
          checked={item.checked === true}
          readOnly
          disabled
          aria-label={item.checked === true ? '✓' : '–'}
        />
      )}
      {renderBlocks(item.tokens, { open: open && index === list.items.length - 1, at: `${at}.${index}` })}
    </li>
  ));
  if (!list.ordered)
    return (
      <ul key={key} dir="auto">
        {items}
      </ul>
    );
  return (
    <ol key={key} dir="auto" start={list.start === '' ? 1 : list.start}>
      {items}
    </ol>
  );
}

function isClosed(code: Tokens.Code): boolean {
  return code.codeBlockStyle === 'indented' || /\n[ \t]*(?:`{3,}|~{3,})[ \t]*\n*$/.test(code.raw);
}
