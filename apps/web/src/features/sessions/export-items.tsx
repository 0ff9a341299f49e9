import { FileJson, FileText } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { MenuLink } from '../../ui/menu.tsx';

/**
 * Menu items that download the whole session as a file. The browser streams it to disk, so its length does not matter.
 */
export function ExportItems({ sessionId }: { sessionId: string }) {
  const toHref = (format: string) => `/api/v1/sessions/${encodeURIComponent(sessionId)}/export?format=${format}`;
  return (
    <>
      <MenuLink icon={<FileText size={14} aria-hidden />} href={toHref('markdown')} download>
        {t.sessions.exportMarkdown}
      </MenuLink>
      <MenuLink icon={<FileJson size={14} aria-hidden />} href={toHref('jsonl')} download>
        {t.sessions.exportJsonl}
      </MenuLink>
    </>
  );
}
