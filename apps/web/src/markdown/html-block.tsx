import { renderInline } from './inline.tsx';
import { lexInline } from './lexer.ts';

/** Frames around a text that mean nothing without their page: only what they hold is shown. */
const FRAMES = /<\/?(?:details|center|div|p)(?:\s[^<>]*)?>/gi;
const SUMMARY = /<summary(?:\s[^<>]*)?>([\s\S]*?)<\/summary>/i;

/**
 * Lines of HTML, never interpreted: a summary is drawn as what it is, what only frames a text is left out, and everything
 * else is shown as it was written.
 */
export function HtmlBlock({ html }: { html: string }) {
  const summary = SUMMARY.exec(html)?.[1]?.trim();
  const rest = html.replace(SUMMARY, '').replaceAll(FRAMES, '').trim();
  return (
    <>
      {summary !== undefined && (
        <p dir="auto">
          <strong>{renderInline(lexInline(summary))}</strong>
        </p>
      )}
      {rest !== '' && (
        <p dir="auto" className="whitespace-pre-wrap">
          {renderInline(lexInline(rest))}
        </p>
      )}
    </>
  );
}
