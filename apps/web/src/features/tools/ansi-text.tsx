import { memo } from 'react';

import type { AnsiLine } from './ansi-lines.ts';

/** Lines of terminal output in their colours, with line breaks between them. */
export const AnsiText = memo(function AnsiText({ lines }: { lines: readonly AnsiLine[] }) {
  return lines.map((line, index) => (
    <span key={index}>
      {line.map((span, at) =>
        span.className === '' ? (
          span.text
        ) : (
          <span key={at} className={span.className}>
            {span.text}
          </span>
        ),
      )}
      {index < lines.length - 1 && '\n'}
    </span>
  ));
});
