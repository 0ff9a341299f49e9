import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

import { t } from '../messages/index.ts';
import { IconButton } from './button.tsx';

const SHOWN_MS = 1500;

/** Copies a text and confirms it for a moment. */
export function CopyButton({
  text,
  label,
  className,
}: {
  text: string | (() => string);
  label: string;
  className?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await writeClipboard(typeof text === 'string' ? text : text());
    setCopied(true);
  };
  return (
    <IconButton
      size="small"
      label={copied ? t.app.copied : label}
      className={className ?? ''}
      onClick={() => void copy()}
    >
      {copied ? <Check size={14} className="text-ok" aria-hidden /> : <Copy size={14} aria-hidden />}
    </IconButton>
  );
}

/** The clipboard API needs a secure context; a server on a local network often lacks one. */
async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
