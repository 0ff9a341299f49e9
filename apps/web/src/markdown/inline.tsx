import type { Token, Tokens } from 'marked';
import { createElement, type ReactNode } from 'react';

import { chat } from '../messages/chat.ts';
import { decodeEntities } from './decode-entities.ts';
import type { MathToken } from './lexer.ts';
import { Formula } from './math.tsx';
import { toSafeHref } from './safe-href.ts';

/** Elements that only change how a word looks. They are rendered without attributes. */
const PLAIN_ELEMENTS = ['kbd', 'sub', 'sup', 'mark', 'small', 'b', 'i', 'u', 's', 'q', 'var', 'samp'] as const;
type PlainElement = (typeof PLAIN_ELEMENTS)[number];

/**
 * Renders inline tokens. HTML is shown as its source text, except for a few elements that only change the look. Remote
 * images become links, because loading one would tell its server who reads the text.
 */
export function renderInline(tokens: readonly Token[] = []): ReactNode[] {
  const drawn: ReactNode[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    const name = token.type === 'html' ? findPlainElement(token.raw) : null;
    const end = name === null ? -1 : tokens.findIndex(({ raw }, at) => at > index && raw === `</${name}>`);
    if (name === null || end === -1) {
      drawn.push(renderToken(token, index));
      continue;
    }
    drawn.push(createElement(name, { key: index }, renderInline(tokens.slice(index + 1, end))));
    index = end;
  }
  return drawn;
}

function findPlainElement(tag: string): PlainElement | null {
  return PLAIN_ELEMENTS.find((name) => tag === `<${name}>`) ?? null;
}

function renderToken(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{renderInline(token.tokens)}</strong>;
    case 'em':
      return <em key={key}>{renderInline(token.tokens)}</em>;
    case 'del':
      return <del key={key}>{renderInline(token.tokens)}</del>;
    case 'codespan':
      return <code key={key}>{(token as Tokens.Codespan).text}</code>;
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? <br key={key} /> : token.raw;
    case 'math': {
      const { tex, raw, display } = token as MathToken;
      return <Formula key={key} tex={tex} raw={raw} display={display} />;
    }
    case 'br':
      return <br key={key} />;
    case 'link':
      return renderLink(token as Tokens.Link, key);
    case 'image': {
      const image = token as Tokens.Image;
      const href = toSafeHref(image.href);
      const text = image.text === '' ? chat.transcript.image : image.text;
      return href === null ? (
        text
      ) : (
        <OutLink key={key} href={href}>
          {text}
        </OutLink>
      );
    }
    case 'escape':
      return (token as Tokens.Escape).text;
    case 'checkbox':
      return null;
    case 'text': {
      const text = token as Tokens.Text;
      return text.tokens === undefined ? decodeEntities(text.text) : <span key={key}>{renderInline(text.tokens)}</span>;
    }
    default:
      return token.raw;
  }
}

function renderLink(link: Tokens.Link, key: number): ReactNode {
  const href = toSafeHref(link.href);
  if (href === null) return <span key={key}>{renderInline(link.tokens)}</span>;
  return (
    <OutLink key={key} href={href}>
      {renderInline(link.tokens)}
    </OutLink>
  );
}

function OutLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
