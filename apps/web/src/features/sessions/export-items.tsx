import { FileJson, FileText } from 'lucide-react';

import { toHref } from '../../api/base-path.ts';
import { t } from '../../messages/index.ts';
import { MenuLink } from '../../ui/menu.tsx';

/**
 * Menu items that download the whole session as a file. The browser streams it to disk, so its length does not matter.
 */
export function ExportItems({ sessionId }: { sessionId: string }) {
  const toExport = (format: string) =>
    toHref(`/api/v1/sessions/${encodeURIComponent(sessionId)}/export?format=${format}`);
  return (
    <>
      <MenuLink icon={<FileText size={14} aria-hidden />} href={toExport('markdown')} download>
        {t.sessions.exportMarkdown}
      </MenuLink>
      <MenuLink icon={<FileJson size={14} aria-hidden />} href={toExport('jsonl')} download>
        {t.sessions.exportJsonl}
      </MenuLink>
    </>
  );
}
