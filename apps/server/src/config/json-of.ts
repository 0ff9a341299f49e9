import { z } from 'zod';

/** JSON in a variable. What is no JSON, or does not fit, is told without the value. */
export function jsonOf<T extends z.ZodType>(schema: T, example: string) {
  return z.string().transform((text, context): z.output<T> => {
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the value'}: ${message}`);
    context.addIssue({ code: 'custom', message: `takes JSON such as ${example} (${where.join('; ')})` });
    return z.NEVER;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
