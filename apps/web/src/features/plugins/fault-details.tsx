import type { FaultDetailsResource } from '@claude-sdk-pattern/protocol';

import { VisibleText } from '../../ui/visible-text.tsx';
import { t } from './messages.ts';
import { toSentence } from './to-sentence.ts';
import { h } from './trial-messages.ts';

/** What to do about a problem of a server, and what its program wrote last. Nothing where neither is known. */
export function FaultDetails({ remedy, output }: FaultDetailsResource) {
  return (
    <>
      {remedy !== null && (
        <p className="mt-1 text-sm wrap-anywhere text-muted">
          <VisibleText text={t.remedy(toSentence(remedy))} />
        </p>
      )}
      {output !== null && (
        <details className="mt-1 text-sm">
          <summary className="tap cursor-pointer text-muted">{h.output}</summary>
          <pre
            className="mt-1 max-h-60 overflow-auto rounded-sm border border-line bg-bg px-3 py-2 font-mono text-xs wrap-anywhere whitespace-pre-wrap"
            aria-label={h.output}
            tabIndex={0}
          >
            {output.split('\n').map((line, index) => (
              <span key={index} className="block">
                <VisibleText text={line} />
              </span>
            ))}
          </pre>
        </details>
      )}
    </>
  );
}
