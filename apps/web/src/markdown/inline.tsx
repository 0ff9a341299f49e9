import type { Token, Tokens } from 'marked';
import type { ReactNode } from 'react';

import { t } from '../messages/index.ts';
import { decodeEntities } from './decode-entities.ts';
import { toSafeHref } from './safe-href.ts';

/** Draws inline tokens. HTML in the text is shown, never interpreted; remote images become links, for they would tell on the reader. */
export function renderInline(tokens: readonly Token[] | undefined): ReactNode[] {
  return (tokens ?? []).map((token, index) => renderToken(token, index));
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
    case 'br':
      return <br key={key} />;
    case 'link':
      return renderLink(token as Tokens.Link, key);
    case 'image': {
      const image = token as Tokens.Image;
      const href = toSafeHref(image.href);
      const text = image.text === '' ? t.transcript.image : image.text;
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
