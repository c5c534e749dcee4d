// A verifying key: for each AIR its widths, its constraints as a graph of nodes, and what bounds the heights of traces.

import type { AirNodes, KeyNode } from '../../../codegen/stark/nodes.ts';
import { P } from '../../../runtime/fields/baby-bear.ts';
import type { TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';

export interface AirKey extends AirNodes {
  readonly name: string;
  readonly preprocessed: { readonly width: number; readonly commitment: TreeDigest } | undefined;
  readonly cachedWidths: readonly number[];
  readonly commonWidth: number;
  /** Columns of the permutation trace, each an extension element; 0 without interactions. */
  readonly permutationWidth: number;
  readonly publicValues: number;
  /** Chunks that the quotient is cut into. */
  readonly quotientDegree: number;
}

/** Σ coefficient × height over all AIRs stays below the threshold. */
export interface HeightConstraint {
  readonly coefficients: readonly number[];
  readonly threshold: number;
}

export interface VerifyingKey {
  readonly airs: readonly AirKey[];
  readonly heightConstraints: readonly HeightConstraint[];
  /** Commitment to the key's own encoding, which the transcript starts with. */
  readonly preHash: TreeDigest;
}

/** Whether a node refers to columns and values that the AIR has, and to nodes before it. */
function isRight(key: AirKey, widths: readonly number[], node: KeyNode, at: number): boolean {
  switch (node[0]) {
    case 'm':
      return node[1] < widths.length && node[2] < 2 && node[3] < widths[node[1]]!;
    case 'p':
      return node[1] < 2 && node[2] < (key.preprocessed?.width ?? 0);
    case 'a':
      return node[1] < 2 && node[2] < key.permutationWidth;
    case 'pub':
      return node[1] < key.publicValues;
    case 'ch':
      return node[1] < 2 && key.permutationWidth > 0;
    case 'ex':
      return node[1] < 1 && key.permutationWidth > 0;
    case 'c':
      return node[1] < P;
    case '+':
    case '-':
    case '*':
      return node[1] < at && node[2] < at;
    case 'neg':
      return node[1] < at;
    default:
      return true;
  }
}

/** The first thing in an AIR's key that refers to what there is not; undefined in a sound key. */
export function unsoundness(key: AirKey): string | undefined {
  const widths = [...key.cachedWidths, ...(key.commonWidth > 0 ? [key.commonWidth] : [])];
  const wrong = key.nodes.findIndex((node, at) => !isRight(key, widths, node, at));
  if (wrong >= 0) return `node ${wrong} refers to what there is not`;
  if (key.constraints.some(node => node >= key.nodes.length)) return 'a constraint is no node';
  if (key.interactions.some(({ count, message }) => Math.max(count, ...message) >= key.nodes.length))
    return 'an interaction is of no node';
  if (!Number.isInteger(Math.log2(key.quotientDegree)))
    return `quotient degree ${key.quotientDegree} is no power of two`;
  return undefined;
}
