import type { BetaSkill } from '@anthropic-ai/sdk/resources/beta/skills/skills';
import type { BetaSkillVersion } from '@anthropic-ai/sdk/resources/beta/skills/versions';

/** A skill, in the shape of the Managed Agents API. */
export type SkillResource = BetaSkill;
/** A version of one. */
export type SkillVersionResource = BetaSkillVersion;
