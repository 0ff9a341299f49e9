import { CspError } from '@claude-sdk-pattern/protocol';
import type { AgentSkillParams } from '@claude-sdk-pattern/protocol/v1';

import { getPermitted } from '../access/get-permitted.ts';
import type { Actor } from '../identity/actor.ts';
import type { Store } from '../store/port.ts';
import type { StoredSkill, StoredSkillVersion } from '../store/skills.ts';

/** A skill of an agent; kept as JSON with it. */
export interface AgentSkill {
  type: 'custom' | 'anthropic';
  /** Of a skill that somebody uploaded; or the name of one that an active plugin brings. */
  skill_id: string;
  /** An id, or `latest`: the newest when a process starts. */
  version: string;
}

/** Where skills come from. */
export interface SkillSources {
  store: Pick<Store, 'skills'>;
  /** Active plugins, by name. */
  plugins: { readonly current: readonly SkillPlugin[] };
}

interface SkillPlugin {
  name: string;
  parts: readonly { kind: string; name: string }[];
}

const LATEST = 'latest';

/**
 * The skills that an agent is to have, as they are kept with it.
 * @param had What it has already: skills of somebody else stay, and cannot be added.
 * @param plugins Names of the plugins that it takes; null for all.
 * @throws CspError `not_found` for a skill that the actor may not use; `invalid_request` for one that is named twice, has no
 * such version or is brought by no plugin.
 */
export async function resolveAgentSkills(
  { store, plugins }: SkillSources,
  actor: Actor,
  wanted: { params: readonly AgentSkillParams[]; had: readonly AgentSkill[]; plugins: readonly string[] | null },
): Promise<AgentSkill[]> {
  const fields = new Map<string, string>();
  const resolved: AgentSkill[] = [];
  for (const [index, { type, skill_id: skillId, version: given }] of wanted.params.entries()) {
    const field = `skills.${index}.skill_id`;
    const version = given ?? LATEST;
    const isHad = wanted.had.some((each) => each.type === type && each.skill_id === skillId);
    const name =
      type === 'custom'
        ? (await getSkill(store.skills, actor, { skillId, version, isHad, field: `skills.${index}.version` })).name
        : assertServed(plugins.current, { skillId, version, taken: wanted.plugins, field });
    const key = `${type} ${name}`;
    const first = fields.get(key);
    if (first !== undefined) refuse(field, `is the skill ${name}, as ${first} is`);
    fields.set(key, field);
    resolved.push({ type, skill_id: skillId, version });
  }
  return resolved;
}

async function getSkill(
  skills: Store['skills'],
  actor: Actor,
  wanted: { skillId: string; version: string; isHad: boolean; field: string },
): Promise<StoredSkill> {
  const { skillId, version, isHad, field } = wanted;
  const found = await skills.find(skillId);
  const skill =
    isHad && found !== undefined ? found : getPermitted(actor, 'skill.read', { found, name: `skill ${skillId}` });
  if (version !== LATEST && (await skills.findVersion(version))?.skillId !== skillId)
    refuse(field, `${skillId} has no version ${version}`);
  return skill;
}

/** Of those that Anthropic publishes, none is here by itself: an administrator takes in a plugin that brings it. */
function assertServed(
  plugins: readonly SkillPlugin[],
  {
    skillId,
    version,
    taken,
    field,
  }: { skillId: string; version: string; taken: readonly string[] | null; field: string },
): string {
  const bringing = findBringing(plugins, skillId);
  if (bringing.length === 0)
    refuse(field, `no active plugin brings the skill ${skillId}; an administrator can take one in that does`);
  if (taken !== null && !bringing.some(({ name }) => taken.includes(name)))
    refuse(field, `is brought by the plugin ${bringing[0]?.name}, which is not among the agent's plugins`);
  if (version !== LATEST) refuse(field.replace('skill_id', 'version'), 'plugins serve their latest version only');
  return skillId;
}

/** The plugins that bring a skill of this name. */
export function findBringing<T extends SkillPlugin>(plugins: readonly T[], skillName: string): T[] {
  return plugins.filter(({ parts }) => parts.some(({ kind, name }) => kind === 'skill' && name === skillName));
}

/** A version of a skill with the name that agents know it by. */
export interface NamedVersion extends StoredSkillVersion {
  name: string;
}

/** The versions of an agent's uploaded skills as they are now, and the ids of those that are gone. */
export async function findVersions(
  skills: Store['skills'],
  wanted: readonly AgentSkill[],
): Promise<{ versions: NamedVersion[]; missing: string[] }> {
  const custom = wanted.filter(({ type }) => type === 'custom');
  const found = await Promise.all(
    custom.map(async ({ skill_id: skillId, version: wantedVersion }) => {
      const skill = await skills.find(skillId);
      const version =
        wantedVersion === LATEST ? (await skills.findLatest([skillId]))[0] : await skills.findVersion(wantedVersion);
      return skill && version && { ...version, name: skill.name };
    }),
  );
  return {
    versions: found.flatMap((each) => each ?? []),
    missing: custom.filter((_, at) => found[at] === undefined).map(({ skill_id: skillId }) => skillId),
  };
}

function refuse(field: string, problem: string): never {
  throw new CspError('invalid_request', `The request is not valid: ${field}: ${problem}`, { details: { field } });
}
