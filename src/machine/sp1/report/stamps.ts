// What a metered run of SP1 keeps for each doubleword: the shard that last accessed it, and how.
//
//   bits 3 …   number of the shard, from 1; 0: never, or not since a hint
//   bits 0, 1  how; of shard 0, that a hint has filled it
//   bit 2      the run has accessed it: its address is listed

export const KIND = { instruction: 0, sentCall: 1, retainedCall: 2, hinted: 3 } as const;

const LISTED = 4;
const SHIFT = 3;

/** The period of a shard: what its loads and stores leave. */
export const periodOf = (shard: number): number => (shard << SHIFT) | LISTED;
export const shardOf = (stamp: number): number => stamp >>> SHIFT;
export const kindOf = (stamp: number): number => stamp & 3;
/** The run has accessed it, and no hint has filled it since. */
export const isKnown = (stamp: number): boolean =>
  (stamp & LISTED) !== 0 && stamp >>> SHIFT !== 0 && (stamp & 3) !== KIND.hinted;
export const wasListed = (stamp: number): boolean => (stamp & LISTED) !== 0;

/** What a call leaves. */
export const callStamp = (shard: number, isSent: boolean): number =>
  (shard << SHIFT) | LISTED | (isSent ? KIND.sentCall : KIND.retainedCall);

/** What a hint leaves, by which a doubleword is as never accessed: where this shard has counted it, that is kept. */
export function hintStamp(shard: number, stamp: number): number {
  const isCounted = shardOf(stamp) === shard && kindOf(stamp) !== KIND.sentCall;
  return isCounted ? (shard << SHIFT) | LISTED | KIND.hinted : (stamp & LISTED) | KIND.hinted;
}
