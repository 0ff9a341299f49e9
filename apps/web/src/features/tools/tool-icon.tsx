import {
  Bot,
  FilePen,
  FilePlus,
  FileText,
  Globe,
  ListTodo,
  Map as MapIcon,
  MessageCircleQuestionMark,
  Plug,
  Search,
  Terminal,
  type LucideIcon,
} from 'lucide-react';

import type { ToolCategory } from './describe-tool.ts';

const icons: Record<ToolCategory, LucideIcon> = {
  command: Terminal,
  read: FileText,
  edit: FilePen,
  write: FilePlus,
  search: Search,
  web: Globe,
  resource: FileText,
  todo: ListTodo,
  agent: Bot,
  question: MessageCircleQuestionMark,
  plan: MapIcon,
  other: Plug,
};

export function ToolIcon({ category, className }: { category: ToolCategory; className?: string }) {
  const Icon = icons[category];
  return <Icon size={14} aria-hidden className={className ?? 'shrink-0 text-muted'} />;
}
