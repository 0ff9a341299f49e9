import { Check, Copy } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';

import { t } from '../messages/index.ts';
import { IconButton } from './button.tsx';
import { writeClipboard } from './write-clipboard.ts';

const SHOWN_MS = 1500;

/** Copies a text and confirms it for a moment. */
export function CopyButton({
  text,
  label,
  className,
  icon = <Copy size={14} aria-hidden />,
}: {
  text: string | (() => string);
  label: string;
  className?: string;
  icon?: ReactNode;
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
      {copied ? <Check size={14} className="text-ok" aria-hidden /> : icon}
    </IconButton>
  );
}
