export interface TransactionOptions {
  /** Called when the transaction is committed, before it is also safe from a power cut. Must not throw. */
  onCommitted?: () => void;
}
