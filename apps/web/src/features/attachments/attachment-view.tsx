import { Download, FileText, ImageOff } from 'lucide-react';
import { useState } from 'react';

import { t } from '../../messages/index.ts';
import type { Attachment } from '../../session/items.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useFileName } from '../../services/use-file-name.ts';

const chipClass = 'mt-2 inline-flex max-w-full items-center gap-2 rounded-sm border border-line px-2 py-1.5 text-sm';

/** A file of a message: an image that opens in a dialog, or a link that downloads the file. */
export function AttachmentView({ attachment }: { attachment: Attachment }) {
  if (attachment.kind === 'image' && attachment.url !== null && isOurs(attachment.url))
    return <ImageView url={attachment.url} fileId={attachment.fileId} />;
  const label = (
    <>
      <FileText size={15} aria-hidden className="shrink-0 text-muted" />
      <span className="truncate">{attachment.title}</span>
    </>
  );
  if (attachment.url === null) return <p className={chipClass}>{label}</p>;
  return (
    <a
      href={attachment.url}
      download={attachment.title}
      target="_blank"
      rel="noreferrer"
      title={t.attachments.download(attachment.title)}
      className={`tap ${chipClass} hover:bg-hover`}
    >
      {label}
    </a>
  );
}

/**
 * Images from other servers are not loaded automatically, because a request would tell that server who reads the
 * session.
 */
function isOurs(url: string): boolean {
  return url.startsWith('data:') || url.startsWith('/');
}

function ImageView({ url, fileId }: { url: string; fileId: string | null }) {
  const name = useFileName(fileId);
  const title = name ?? t.attachments.image;
  const [open, setOpen] = useState(false);
  const [gone, setGone] = useState(false);
  if (gone) {
    return (
      <p className={`${chipClass} text-muted`}>
        <ImageOff size={15} aria-hidden className="shrink-0" />
        {t.attachments.gone}
      </p>
    );
  }
  return (
    <>
      <button
        type="button"
        aria-label={t.attachments.open(name)}
        title={t.attachments.open(name)}
        onClick={() => setOpen(true)}
        className="group/image mt-2 block max-w-full rounded-sm text-left text-sm text-muted"
      >
        {/* A fixed height before the image loads, so that the text around it does not move. */}
        <img
          src={url}
          // The image has no text of its own, because the button around it has its name.
          alt=""
          onError={() => setGone(true)}
          className="h-40 max-w-full rounded-sm border border-line object-contain"
        />
        {/* The line is rendered before the name is known, so that the text around it does not move. */}
        {fileId !== null && (
          <span className="mt-1 block h-5 max-w-60 truncate group-hover/image:underline">{name}</span>
        )}
      </button>
      <Dialog open={open} onOpenChange={setOpen} title={title} large>
        <img src={url} alt={title} className="mx-auto max-h-[72dvh] max-w-full object-contain" />
        <a
          href={url}
          download={name ?? true}
          className="tap mt-3 inline-flex items-center gap-2 self-start text-accent underline"
        >
          <Download size={14} aria-hidden />
          {t.attachments.save(name)}
        </a>
      </Dialog>
    </>
  );
}
