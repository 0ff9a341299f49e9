import { formatCost } from '../../ui/format.ts';
import { t } from './cost-messages.ts';

/**
 * A cost, some of whose calls may have no price: `$0.12`, `$0.12 + unpriced`, or `unpriced` where no call has one.
 * @param usd in US dollars
 * @param unpriced calls that the cost leaves out
 */
export function formatPartCost(usd: number, unpriced: number): string {
  if (unpriced === 0) return formatCost(usd);
  return usd === 0 ? t.unpriced : `${formatCost(usd)} + ${t.unpriced}`;
}
