import { flag, paging, timestamp } from '@claude-sdk-pattern/protocol/v1';

/** Bounds of a list by time; agents have only the inclusive ones. */
export const createdThrough = { 'created_at[gte]': timestamp.optional(), 'created_at[lte]': timestamp.optional() };
export const createdRange = {
  ...createdThrough,
  'created_at[gt]': timestamp.optional(),
  'created_at[lt]': timestamp.optional(),
};

/** What lists of agents and environments take. */
export const definitionPaging = { ...paging({ default: 20, max: 100 }), include_archived: flag.optional() };

interface ListQuery {
  limit: number;
  page?: string | undefined;
  include_archived?: boolean | undefined;
}
type CreatedQuery = Partial<Record<keyof typeof createdRange, string | undefined>>;

/** The page and what of archived things as the services take it. */
export function toListParams({ limit, page, include_archived: includeArchived }: ListQuery): {
  limit: number;
  cursor?: string;
  includeArchived?: boolean;
} {
  return {
    limit,
    ...(page !== undefined && { cursor: page }),
    ...(includeArchived !== undefined && { includeArchived }),
  };
}

/** Bounds of creation time for the store, ISO 8601. */
export function toCreatedBounds(query: CreatedQuery): {
  createdFrom?: string;
  createdAfter?: string;
  createdThrough?: string;
  createdBefore?: string;
} {
  const {
    'created_at[gte]': from,
    'created_at[gt]': after,
    'created_at[lte]': through,
    'created_at[lt]': before,
  } = query;
  return {
    ...(from !== undefined && { createdFrom: from }),
    ...(after !== undefined && { createdAfter: after }),
    ...(through !== undefined && { createdThrough: through }),
    ...(before !== undefined && { createdBefore: before }),
  };
}
