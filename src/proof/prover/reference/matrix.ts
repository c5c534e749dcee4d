// A matrix of canonical words.

import type { Matrix } from '../backend.ts';

export interface PlainMatrix extends Matrix {
  readonly columns: readonly Int32Array[];
}
