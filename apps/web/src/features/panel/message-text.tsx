import { useMemo } from 'react';

import { findMentions } from './find-mentions.ts';
import { PanelLink } from '../../services/panel-link.tsx';

/** The text of a person's message. A file that it names opens in the panel. */
export function MessageText({ text }: { text: string }) {
  const parts = useMemo(() => findMentions(text), [text]);
  return parts.map((part, index) =>
    part.path === null ? (
      part.text
    ) : (
      <PanelLink
        key={index}
        view={{ tab: 'file', path: part.path }}
        className="text-accent underline underline-offset-3"
      >
        {part.text}
      </PanelLink>
    ),
  );
}
