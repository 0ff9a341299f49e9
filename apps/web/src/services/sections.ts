import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import {
  Activity,
  Blocks,
  CalendarClock,
  ChartColumn,
  Cpu,
  HardDrive,
  KeyRound,
  type LucideIcon,
  Network,
  ScrollText,
  ShieldCheck,
  SlidersHorizontal,
  UserCog,
  Users,
  Wallet,
} from 'lucide-react';

import { t } from '../messages/index.ts';

/** A page below Settings. */
export interface Section {
  href: string;
  name: string;
  Icon: LucideIcon;
  group: 'own' | 'operate';
  /** The action that the account must be allowed; without one everybody has the section. */
  needs?: string;
}

const SECTIONS: readonly Section[] = [
  { href: '/settings', name: t.settings.own, Icon: UserCog, group: 'own' },
  { href: '/schedules', name: t.schedules, Icon: CalendarClock, group: 'own' },
  { href: '/usage', name: t.usage, Icon: ChartColumn, group: 'own' },
  { href: '/operate/plugins', name: t.operate.plugins, Icon: Blocks, group: 'own' },
  { href: '/operate/overview', name: t.operate.overview, Icon: Activity, group: 'operate', needs: 'overview.read' },
  { href: '/operate/processes', name: t.operate.processes, Icon: Cpu, group: 'operate', needs: 'process.read' },
  { href: '/operate/upstreams', name: t.operate.upstreams, Icon: Network, group: 'operate', needs: 'upstream.read' },
  { href: '/operate/budgets', name: t.operate.budgets, Icon: Wallet, group: 'operate', needs: 'budget.change' },
  { href: '/operate/folders', name: t.operate.folders, Icon: HardDrive, group: 'operate', needs: 'folder_root.change' },
  { href: '/operate/people', name: t.operate.people, Icon: Users, group: 'operate', needs: 'user.read' },
  {
    href: '/operate/secrets',
    name: t.operate.secrets,
    Icon: KeyRound,
    group: 'operate',
    needs: 'platform_secret.read',
  },
  { href: '/operate/policy', name: t.operate.policy, Icon: ShieldCheck, group: 'operate', needs: 'policy.read' },
  { href: '/operate/audit', name: t.operate.audit, Icon: ScrollText, group: 'operate', needs: 'audit.read' },
  {
    ...{ href: '/operate/settings', name: t.operate.settings, Icon: SlidersHorizontal },
    ...{ group: 'operate', needs: 'settings.read' },
  },
];

/** The sections that the account may see, in their order. */
export function listSections({ may }: Pick<Bootstrap, 'may'>): readonly Section[] {
  return SECTIONS.filter(({ needs }) => needs === undefined || may.includes(needs));
}

/** The section that a path belongs to. */
export function findSection(path: string): Section | undefined {
  return SECTIONS.find(({ href }) => path === href || path.startsWith(`${href}/`));
}
