import { z } from 'zod';

/** `?name=true` */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** ISO 8601 with any offset, converted to UTC with milliseconds, as the store saves it. */
export const timestamp = z
  .union([z.iso.datetime({ offset: true }), z.iso.datetime({ local: true })], {
    error: 'takes a time such as 2026-01-31T12:00:00Z',
  })
  .transform((text) => new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`).toISOString());

/** A list in a query, as the official SDK writes it (`name[]=a&name[]=b`) or repeated. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).max(200));

/** `limit` and `page` of a list, up to `max` entries. */
export const paging = (options: { default: number; max: number }) => ({
  limit: z.coerce.number().int().min(1).max(options.max).default(options.default),
  page: z.string().min(1).max(1000).optional(),
});
