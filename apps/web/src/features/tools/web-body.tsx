import { Markdown } from '../../markdown/markdown.tsx';
import { toSafeHref } from '../../markdown/safe-href.ts';
import type { ToolItem } from '../../session/items.ts';
import { Fold } from '../../ui/fold.tsx';
import { FailureText } from './failure-text.tsx';
import { isRecord, readList, readText } from './tool-values.ts';

const SHOWN_LINES = 14;

/** A fetched web page, or the results of a web search. */
export function WebBody({ item }: { item: ToolItem }) {
  const links = readList(item.structured, 'results')
    .flatMap((result) => (isRecord(result) ? readList(result, 'content') : []))
    .filter(isRecord);
  const text =
    readText(item.structured, 'result') || (links.length === 0 && item.status === 'done' ? (item.output ?? '') : '');
  const prompt = readText(item.input, 'prompt');
  return (
    <div className="flex flex-col gap-2">
      {readText(item.input, 'url') !== '' && (
        <p className="text-sm wrap-anywhere">
          <OutLink href={readText(item.input, 'url')} text={readText(item.input, 'url')} />
        </p>
      )}
      {prompt !== '' && <p className="text-sm text-muted">{prompt}</p>}
      {links.length > 0 && (
        <ul className="flex flex-col gap-1 text-sm">
          {links.map((link, index) => (
            <li key={index} className="wrap-anywhere">
              <OutLink href={readText(link, 'url')} text={readText(link, 'title')} />{' '}
              <span className="text-muted">{hostOf(readText(link, 'url'))}</span>
            </li>
          ))}
        </ul>
      )}
      {text !== '' && (
        <Fold
          foldKey={`web:${item.id}`}
          lines={Math.ceil(text.length / 90) + text.split('\n').length}
          max={SHOWN_LINES}
        >
          <Markdown text={text} id={`${item.id}:web`} />
        </Fold>
      )}
      <FailureText item={item} />
    </div>
  );
}

function OutLink({ href, text }: { href: string; text: string }) {
  const safe = toSafeHref(href);
  if (safe === null) return <>{text || href}</>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer" className="text-accent underline underline-offset-3">
      {text || href}
    </a>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
