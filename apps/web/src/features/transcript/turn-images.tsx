import { Download, ImageOff } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import { useSession } from '../../session/session-context.ts';
import type { TurnView } from '../../session/session-view.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { i } from './image-messages.ts';
import { useTurnImages } from './use-turn-images.ts';

/** So many stand below a turn; the panel has them all. */
const SHOWN = 8;

/** The images that a turn has made or changed, as they are in the workspace now. Each opens in a dialog. */
export function TurnImages({ turn }: { turn: TurnView }) {
  const images = useTurnImages(turn);
  if (images.length === 0) return null;
  const more = images.length - SHOWN;
  return (
    <ul aria-label={i.label(images.length)} className="mt-2 flex flex-wrap items-end gap-2">
      {images.slice(0, SHOWN).map((path) => (
        <li key={path} className="min-w-0">
          <TurnImage path={path} turnId={turn.id} />
        </li>
      ))}
      {more > 0 && (
        <li>
          <PanelLink view={{ tab: 'file' }}>{i.more(more)}</PanelLink>
        </li>
      )}
    </ul>
  );
}

function TurnImage({ path, turnId }: { path: string; turnId: string }) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const [open, setOpen] = useState(false);
  const [failed, setFailed] = useState(false);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (failed) {
    return (
      <p className="flex h-7 max-w-full items-center gap-1.5 rounded-sm border border-line px-2" title={path}>
        <ImageOff size={13} aria-hidden className="shrink-0" />
        <span className="truncate">
          <VisibleText text={i.gone(name)} />
        </span>
      </p>
    );
  }
  // An address of its own in each turn: a page shows the image of an address that it has loaded before.
  const href = workspace.toContentHref(sessionId, path, { stamp: turnId });
  return (
    <>
      <button
        type="button"
        aria-label={i.open(name)}
        title={path}
        onClick={() => setOpen(true)}
        className="group/image block max-w-full rounded-sm text-left"
      >
        {/* A fixed size before it loads, so that the text around it does not move. */}
        <img
          src={href}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setFailed(true)}
          className="h-24 w-32 max-w-full rounded-sm border border-line bg-surface object-contain"
        />
        <span className="mt-1 block h-5 w-32 max-w-full truncate group-hover/image:underline">{name}</span>
      </button>
      <Dialog open={open} onOpenChange={setOpen} title={name} description={i.asItIs(path)} large>
        <img
          src={href}
          alt={i.alt(path)}
          className="mx-auto max-h-[64dvh] max-w-full rounded-sm border border-line bg-surface object-contain"
        />
        <a
          href={workspace.toContentHref(sessionId, path, { download: true })}
          download
          className="tap mt-3 inline-flex items-center gap-2 self-start text-accent underline"
        >
          <Download size={14} aria-hidden />
          {i.download}
        </a>
      </Dialog>
    </>
  );
}
