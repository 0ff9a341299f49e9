import type { BroughtKind } from '@claude-sdk-pattern/protocol';

const KINDS: Readonly<Record<BroughtKind, readonly [one: string, more: string]>> = {
  hook: ['hook', 'hooks'],
  mcp_server: ['MCP server', 'MCP servers'],
  skill: ['skill', 'skills'],
  command: ['command', 'commands'],
  agent: ['subagent', 'subagents'],
  permission: ['allowed call', 'allowed calls'],
  file: ['other file', 'other files'],
  setting: ['setting', 'settings'],
};

const count = (kind: BroughtKind, much: number) => `${much} ${KINDS[kind][much === 1 ? 0 : 1]}`;
const list = new Intl.ListFormat('en', { style: 'long', type: 'conjunction' });

/** The English texts of trust in repositories. A language is added as in `messages/en.ts`. */
export const t = {
  kind: (kind: BroughtKind) => KINDS[kind][0],
  /** In the order of `KINDS`. */
  counts: (counts: Readonly<Record<string, number>>) =>
    list.format(
      (Object.keys(KINDS) as BroughtKind[]).flatMap((kind) => {
        const much = counts[kind] ?? 0;
        return much === 0 ? [] : [count(kind, much)];
      }),
    ),
  brings: (what: string, isRepository: boolean) => `This ${isRepository ? 'repository' : 'workspace'} brings ${what}.`,
  notRun: 'Nothing of it runs until you trust it.',
  changed: 'It has changed since you trusted it, so nothing of it runs.',
  review: 'Review',
  dismiss: 'Not now',
  title: 'What the workspace brings',
  lead: 'It was written by whoever writes to the repository, or by the agent. Trust it to let exactly this run in your sessions, in their sandbox. Hooks run without asking.',
  workspace: 'The workspace of this session',
  runs: 'Runs when trusted',
  noEffect: 'Has no effect here',
  instructions: 'Read as instructions',
  trust: 'Trust',
  unread: 'Read to the end first.',
  showEnd: 'Show the end',
  done: 'Trusted. The next message starts with it.',
  close: 'Close',
  failed: 'It was not trusted.',
  lookAgain: 'Look at it again',
  settings: 'Trusted repositories',
  settingsLead: 'What these bring for Claude Code runs in your sessions, until it changes.',
  none: 'None yet. A session asks when its repository brings something that runs.',
  listFailed: 'The trusted repositories could not be loaded.',
  session: (id: string) => `Session ${id}`,
  since: (when: string) => `trusted ${when}`,
  end: 'Take back',
  ended: 'Nothing of it runs any more.',
};
