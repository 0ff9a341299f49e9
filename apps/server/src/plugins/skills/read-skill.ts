import type { PluginFiles } from '../manifest/plugin-files.ts';
import { readFrontmatter } from '../manifest/read-frontmatter.ts';
import { toRefusal, type PluginProblem } from '../problem.ts';

/** What a skill says of itself. */
export interface SkillText {
  /** Lower case letters, digits and `-`. */
  name: string;
  description: string;
}

const FILE = 'SKILL.md';
/** Of the Agent Skills specification, and of Anthropic's API. */
const MAX_NAME_CHARS = 64;
const MAX_DESCRIPTION_CHARS = 1024;
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const TAG = /<\/?[A-Za-z][^<>]*>/;

/**
 * Reads the `SKILL.md` of a skill.
 * @param files Seen from the folder of the skill.
 * @param folder Its name, for a skill that does not say its own.
 * @throws CspError `invalid_request` with all problems, for one that the API does not take.
 */
export async function readSkill(files: PluginFiles, folder: string): Promise<SkillText> {
  const refuse = (problem: Omit<PluginProblem, 'file'>) => toRefusal([{ file: FILE, ...problem }], 'skill');
  if (!files.has(FILE))
    throw refuse({
      ...{ field: null, message: 'is missing at the root of the top-level directory' },
      remedy: 'Put a SKILL.md there, with name and description in its frontmatter',
    });
  const read = await readFrontmatter(files, FILE);
  if (!read.ok) throw toRefusal([read.problem], 'skill');
  if (read.fields === undefined)
    throw refuse({
      ...{ field: 'frontmatter', message: 'is missing' },
      remedy: 'Begin the file with a line of three dashes, name and description, and three dashes',
    });
  const { name = folder, description } = read.fields;
  const problems = [findNameProblem(name), findDescriptionProblem(description)].flatMap((each) => each ?? []);
  if (problems.length > 0)
    throw toRefusal(
      problems.map((problem) => ({ file: FILE, ...problem })),
      'skill',
    );
  return { name: name as string, description: (description as string).trim() };
}

function findNameProblem(name: unknown): Omit<PluginProblem, 'file'> | undefined {
  const isName = typeof name === 'string' && NAME.test(name) && name.length <= MAX_NAME_CHARS;
  if (isName) return undefined;
  return {
    ...{ field: 'name', message: `is not 1 to ${MAX_NAME_CHARS} lower case letters, digits and single hyphens` },
    remedy: 'Rename the skill, as in pdf-forms',
  };
}

function findDescriptionProblem(description: unknown): Omit<PluginProblem, 'file'> | undefined {
  const toProblem = (message: string, remedy: string) => ({ field: 'description', message, remedy });
  if (description === undefined || description === null || description === '')
    return toProblem('is missing', 'Say what the skill does and when to use it');
  if (typeof description !== 'string' || description.trim() === '') return toProblem('is no text', 'Put it in quotes');
  if (description.length > MAX_DESCRIPTION_CHARS)
    return toProblem(`is longer than ${MAX_DESCRIPTION_CHARS} characters`, 'Move what is long to the text below it');
  if (TAG.test(description)) return toProblem('has an XML tag', 'Write it without tags');
  return undefined;
}
