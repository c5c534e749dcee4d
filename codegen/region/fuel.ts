// How much fuel the blocks of a region need: what may be executed before it is tested again.

import { SLACK } from '../../runtime/abi.ts';
import { assert } from '../../runtime/errors.ts';
import { handsOver } from './liveness.ts';
import type { Region } from './region.ts';

export interface FuelNeeds {
  /** What the block's own test asks for. */
  readonly inside: Int32Array;
  /** What is asked for before going on at the block, which has its own test where it heads a loop. */
  at(node: number): number;
}

/**
 * Per block of `nodes`: the most instructions from its start to the next test, which stands at the head of a loop
 * (`heads`) and behind whatever was called. All are less than SLACK.
 */
export function fuelNeeds(region: Region, nodes: readonly number[], heads: ReadonlySet<number>): FuelNeeds {
  const UNKNOWN = -1;
  const OPEN = -2;
  const needs = new Int32Array(region.nodes).fill(UNKNOWN);
  const find = (node: number): number => {
    const block = region.blocks[node]!;
    const { length } = block.instructions;
    let need = length;
    needs[node] = OPEN;
    for (const s of handsOver(block) ? [] : block.successors) {
      if (heads.has(s)) continue;
      assert(needs[s] !== OPEN, `a loop at block ${s} without a test of the fuel`);
      need = Math.max(need, length + (needs[s] === UNKNOWN ? find(s) : needs[s]!));
    }
    assert(need < SLACK, `a path of ${need} instructions without a test of the fuel`);
    needs[node] = need;
    return need;
  };
  // From the last on, so that what follows a block is mostly known before it.
  for (let i = nodes.length - 1; i >= 0; i--) if (needs[nodes[i]!] === UNKNOWN) find(nodes[i]!);
  return { inside: needs, at: node => (heads.has(node) ? 1 : needs[node]!) };
}
