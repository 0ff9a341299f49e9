import { z } from 'zod';

/** Money as the Managed Agents API writes it: whole cents as text, `"2500"` is $25.00. */
export const monetaryAmount = z
  .object({
    amount: z
      .string()
      .regex(/^(?:0|[1-9]\d{0,11})$/, 'takes whole cents without leading zeros, such as "2500" for $25.00')
      .describe('Whole cents.'),
    currency: z.literal('USD'),
  })
  .meta({ id: 'MonetaryAmount', examples: [{ amount: '2500', currency: 'USD' }] });
export type MonetaryAmount = z.infer<typeof monetaryAmount>;

/** The most that the model calls of a session may cost. */
export const budgetLimit = z
  .object({ type: z.literal('limit'), max_list_cost: monetaryAmount })
  .meta({ id: 'BudgetLimit', description: 'The most that the model calls of a session may cost.' });
