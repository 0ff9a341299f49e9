import { join } from 'node:path';

import { toDigestOf } from '../../audit/canonical-json.ts';
import type { NamedVersion } from '../../definitions/agent-skills.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { toListedChars } from './listed-skills.ts';

/** The name of an agent's own skills before theirs: `agent:pdf-forms`. No plugin of the registry has it. */
export const AGENT_PLUGIN = 'agent';

/** The folder in the skills' folder that has what agents are served. No skill has such an id. */
const SERVED = 'served';

/** The uploaded skills of an agent as one plugin, which has nothing else. Pure. @param dir Where content of skills is. */
export function toAgentPlugin(versions: readonly NamedVersion[], dir: string): ActivePlugin {
  const digest = toDigestOf(versions.map(({ name, digest: content }) => [name, content]));
  const contentDir = join(dir, SERVED, digest);
  return {
    ...{ name: AGENT_PLUGIN, version: null, digest, dir: contentDir, contentDir, trusted: false },
    manifest: { name: AGENT_PLUGIN, displayName: 'Skills of the agent' },
    ...{ mcpServers: {}, configuration: {} },
    parts: versions.map(({ name, description }) => ({
      ...{ kind: 'skill' as const, name, file: `skills/${name}/SKILL.md` },
      listedChars: toListedChars({ description }),
    })),
    granted: { hooks: [], hosts: [], secrets: [], permissions: [] },
    skillDirs: Object.fromEntries(
      versions.map(({ name, skillId, digest: content }) => [name, join(dir, skillId, content)]),
    ),
  };
}
