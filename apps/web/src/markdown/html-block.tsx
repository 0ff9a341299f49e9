import { renderInline } from './inline.tsx';
import { lexInline } from './lexer.ts';

/** Layout elements without a meaning outside of their page; only their content is shown. */
const FRAMES = /<\/?(?:details|center|div|p)(?:\s[^<>]*)?>/gi;
const SUMMARY = /<summary(?:\s[^<>]*)?>([\s\S]*?)<\/summary>/i;

/**
 * Lines of HTML, which are never interpreted. A summary is rendered as a summary, layout elements are left out, and
 * everything else is shown as its source text.
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
