import type { Tokens } from 'marked';
import { useRef } from 'react';

import { useDisclosure } from '../ui/disclosure.ts';
import { chat } from '../messages/chat.ts';
import { useOverflow } from '../ui/use-overflow.ts';
import { renderInline } from './inline.tsx';

/** Rows beyond this many cells are rendered on demand, so that a large table does not slow the page. */
const MAX_CELLS = 1000;
const MIN_ROWS = 3;

/** A table that scrolls horizontally on its own. Its first rows are rendered at once. */
export function TableBlock({ table, blockKey }: { table: Tokens.Table; blockKey: string }) {
  const [whole, setWhole] = useDisclosure(`table:${blockKey}`, false);
  const scroller = useRef<HTMLDivElement>(null);
  const { overflows, before, after } = useOverflow(scroller);
  const fitting = Math.max(MIN_ROWS, Math.floor(MAX_CELLS / Math.max(1, table.header.length)));
  const rows = whole ? table.rows : table.rows.slice(0, fitting);
  const hidden = table.rows.length - rows.length;
  const align = (index: number) => ({ textAlign: table.align[index] ?? ('start' as const) });
  return (
    <div className="table-frame edge-shade" {...(before && { 'data-before': '' })} {...(after && { 'data-after': '' })}>
      <div
        ref={scroller}
        className="table-wrap"
        {...(overflows && { tabIndex: 0, role: 'group', 'aria-label': chat.transcript.wideTable })}
      >
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
      </div>
      {hidden > 0 && (
        <button
          type="button"
          aria-expanded={false}
          className="tap px-3 py-1.5 text-sm text-accent hover:underline"
          onClick={() => setWhole(true)}
        >
          {chat.transcript.showMore(chat.tools.lines(hidden))}
        </button>
      )}
    </div>
  );
}
