import { memo } from 'react';

import { chat } from '../../messages/chat.ts';
import type { Row } from '../../session/build-rows.ts';
import { isSameRow } from '../../session/same-row.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { ToolCard } from '../tools/tool-card.tsx';
import { WorkGroup } from '../tools/work-group.tsx';
import { CompactedRow, ErrorRow, NoticeRow, RestartedRow } from './remark-rows.tsx';
import { ReportRow } from './report-row.tsx';
import { TextRow } from './text-row.tsx';
import { ThinkingRow } from '../tools/thinking-row.tsx';
import { TurnEndRow } from './turn-end-row.tsx';
import { UserRow } from './user-row.tsx';
import { WaitingRow } from './waiting-row.tsx';

/** One row of the conversation. Its error boundary keeps a crash within the row. */
export const RowView = memo(
  function RowView({ row }: { row: Row }) {
    return (
      <ErrorBoundary compact resetKey={row}>
        {'opensTurn' in row && row.opensTurn && <h2 className="sr-only">{chat.transcript.agent}:</h2>}
        <RowBody row={row} />
      </ErrorBoundary>
    );
  },
  (a, b) => isSameRow(a.row, b.row),
);

function RowBody({ row }: { row: Row }) {
  switch (row.kind) {
    case 'user':
      return <UserRow item={row.item} turnNumber={row.turnNumber} />;
    case 'report':
      return <ReportRow item={row.item} turnNumber={row.turnNumber} />;
    case 'waiting':
      return <WaitingRow item={row.item} />;
    case 'text':
      return <TextRow row={row} />;
    case 'thinking':
      return <ThinkingRow item={row.item} />;
    case 'work': {
      const only = row.items.length === 1 ? row.items[0] : undefined;
      if (only?.kind === 'tool')
        return (
          <div className="pb-3">
            <ToolCard item={only} />
          </div>
        );
      return <WorkGroup groupKey={row.key} items={row.items} live={row.live} />;
    }
    case 'notice':
      return <NoticeRow items={row.items} />;
    case 'error':
      return <ErrorRow item={row.item} />;
    case 'compacted':
      return <CompactedRow />;
    case 'restarted':
      return <RestartedRow item={row.item} />;
    case 'turn-end':
      return <TurnEndRow turn={row.turn} latest={row.latest} />;
  }
}
