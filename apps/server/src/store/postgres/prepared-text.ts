import type pg from 'pg';

const MARK = /^\/\* prepared: (\w+) \*\//;

/**
 * The text of a statement that every connection prepares once, under this name: parsing and planning an append takes
 * longer than running it. Only for a statement that answers named columns of fixed types: PostgreSQL refuses a prepared
 * `select *` after a migration by another server.
 */
export function toPreparedText(name: string, text: string): string {
  return `/* prepared: ${name} */ ${text}`;
}

/** Makes a new connection recognize such texts. */
export function keepPrepared(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    const [text, values] = given;
    const name = typeof text === 'string' ? MARK.exec(text)?.[1] : undefined;
    return name === undefined ? query(...given) : query({ name, text, values });
  }) as typeof client.query;
}
