import { z } from 'zod';

const skill = <T extends string>(type: T) =>
  z.strictObject({
    type: z.literal(type),
    skill_id: z.string().min(1).max(128),
    version: z
      .string()
      .min(1)
      .max(128)
      .nullish()
      .describe('The id of a version, or `latest`, which is the default: the newest when a process starts.'),
  });

/** Skills of an agent: uploaded ones by their id (`custom`), and those of active plugins by their name (`anthropic`). */
export const agentSkills = z.array(z.discriminatedUnion('type', [skill('custom'), skill('anthropic')])).max(20);
export type AgentSkillParams = z.infer<typeof agentSkills>[number];
