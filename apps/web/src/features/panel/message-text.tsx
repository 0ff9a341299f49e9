import { useMemo } from 'react';

import { findMentions } from './find-mentions.ts';
import { PanelLink } from '../../services/panel-link.tsx';

/** What a person wrote; files that it names open beside the conversation. */
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
