import type { Tokens } from 'marked';
import { useState } from 'react';

import { t } from '../messages/index.ts';
import { renderInline } from './inline.tsx';

/** Rows beyond so many cells are drawn on demand: the page stays small whatever an answer holds. */
const MAX_CELLS = 1000;
const MIN_ROWS = 3;

/** A table that scrolls inside itself, its first rows at once. */
export function TableBlock({ table }: { table: Tokens.Table }) {
  const [whole, setWhole] = useState(false);
  const fitting = Math.max(MIN_ROWS, Math.floor(MAX_CELLS / Math.max(1, table.header.length)));
  const rows = whole ? table.rows : table.rows.slice(0, fitting);
  const hidden = table.rows.length - rows.length;
  const align = (index: number) => ({ textAlign: table.align[index] ?? ('start' as const) });
  return (
    <div className="table-wrap" tabIndex={0}>
      <table dir="auto">
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <th key={index} scope="col" style={align(index)}>
                {renderInline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} style={align(column)}>
                  {renderInline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <button
          type="button"
          className="tap sticky left-0 px-3 py-1.5 text-sm text-accent hover:underline"
          onClick={() => setWhole(true)}
        >
          {t.transcript.showMore(t.tools.lines(hidden))}
        </button>
      )}
    </div>
  );
}
