import type { PluginPart } from '../plugin-set.ts';
import type { PluginProblem } from '../problem.ts';
import { findCutSkills, listSkills, LARGE_BUDGET, SMALL_BUDGET } from '../skills/listed-skills.ts';

interface NamedParts {
  name: string;
  parts: readonly PluginPart[];
}

const MAX_NAMED = 10;

/**
 * What agents that take all of these plugins are not told of their skills and commands, by plugin. Pure.
 * @param plugins Active ones, by name.
 */
export function findCut(plugins: readonly NamedParts[]): Map<string, PluginProblem[]> {
  const listed = listSkills(plugins);
  const always = findCutSkills(listed, LARGE_BUDGET);
  const cut = always.length > 0 ? always : findCutSkills(listed, SMALL_BUDGET);
  const models = always.length > 0 ? 'with every model' : 'with models that hold 200,000 tokens';
  const found = plugins.flatMap(({ name }): [string, PluginProblem[]][] => {
    const own = cut.filter((each) => each.startsWith(`${name}:`));
    if (own.length === 0) return [];
    const named = own.slice(0, MAX_NAMED).join(', ');
    const more = own.length > MAX_NAMED ? ` and ${own.length - MAX_NAMED} more` : '';
    const message = `Agents that take all active plugins get only the names of ${own.length} of its skills and commands ${models}, because descriptions share a budget: ${named}${more}`;
    const remedy = 'Shorten descriptions, deactivate plugins, or name the plugins of an agent in its "plugins"';
    return [[name, [{ file: null, field: 'parts.skill', message, remedy }]]];
  });
  return new Map(found);
}
