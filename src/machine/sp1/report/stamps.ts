// What a metered run of SP1 keeps for each doubleword: the period in which it was last accessed, and how.
//
//   bits 3 …   number of the period, from 1; 0: never, or not since a hint
//   bits 0, 1  how; of period 0, that a hint has filled it
//   bit 2      the run has accessed it: its address is listed

export const KIND = { instruction: 0, sentCall: 1, retainedCall: 2, hinted: 3 } as const;

const LISTED = 4;
const SHIFT = 3;

/** What loads and stores leave in a period. */
export const periodOf = (period: number): number => (period << SHIFT) | LISTED;
export const ofPeriod = (stamp: number): number => stamp >>> SHIFT;
export const kindOf = (stamp: number): number => stamp & 3;
/** The run has accessed it, and no hint has filled it since. */
export const isKnown = (stamp: number): boolean =>
  (stamp & LISTED) !== 0 && stamp >>> SHIFT !== 0 && (stamp & 3) !== KIND.hinted;
export const wasListed = (stamp: number): boolean => (stamp & LISTED) !== 0;

/** What a call leaves. */
export const callStamp = (period: number, isSent: boolean): number =>
  (period << SHIFT) | LISTED | (isSent ? KIND.sentCall : KIND.retainedCall);

/** What a hint leaves, by which a doubleword is as never accessed: where the shard, begun in period `from`, has counted it, that is kept. */
export function hintStamp(period: number, from: number, stamp: number): number {
  const isCounted = ofPeriod(stamp) >= from && kindOf(stamp) !== KIND.sentCall;
  return isCounted ? (period << SHIFT) | LISTED | KIND.hinted : (stamp & LISTED) | KIND.hinted;
}
