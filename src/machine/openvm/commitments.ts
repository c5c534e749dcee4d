// What a proof of a program commits to: the program itself, its start with its memory, its public values.
// Reference: openvm:crates/vm/src/{system/program/trace.rs,arch/vm.rs,system/memory/merkle/public_values.rs}, v1.4.0.

import { isa } from '../../../codegen/isa/index.ts';
import type { Program } from '../../../codegen/program/program.ts';
import { makeText } from '../../../codegen/program/text.ts';
import { extendColumn } from '../../../runtime/fields/baby-bear-ntt.ts';
import { compress, hashWords, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import { CHUNK, SPACE } from '../../../runtime/openvm/address-spaces.ts';
import { leafOf, type MemoryTree } from '../../../runtime/openvm/memory-tree.ts';
import { OPENVM_OPCODE } from '../../../runtime/openvm/opcodes.ts';
import type { PublicValuesProof } from '../../proof/openvm/public-values.ts';
import { hashFast } from './permutation.ts';
import { transpile } from './transpiler.ts';

/** log2 of how many times as large committed columns are, in proofs of an app. */
const LOG_BLOWUP = 1;
const COLUMNS = 9;
/** Exit code of the padding's TERMINATE. */
const PADDING_EXIT_CODE = 1;

/** The program as a matrix, row after row: pc, opcode, a to g; padded to a power of two by TERMINATE at the pcs that follow. */
export function programTrace({ textBase, text, gaps }: Program): readonly (readonly number[])[] {
  const slots = makeText(isa('openvm'), textBase, text, () => false, gaps);
  const rows: number[][] = [];
  for (let slot = 0; slot < slots.slots; slot++) {
    const instruction = slots.instructionAt(slot);
    if (instruction === undefined) continue;
    const { opcode, operands } = transpile(instruction);
    rows.push([textBase + 4 * slot, opcode, ...operands]);
  }
  const height = 2 ** Math.ceil(Math.log2(rows.length));
  for (let i = rows.length; i < height; i++)
    rows.push([textBase + 4 * i, OPENVM_OPCODE.TERMINATE, 0, 0, PADDING_EXIT_CODE, 0, 0, 0, 0]);
  return rows;
}

/** The root over the rows of the program's extension. */
export function programCommit(program: Program): TreeDigest {
  hashFast();
  const rows = programTrace(program);
  const columns = Array.from({ length: COLUMNS }, (_, c) =>
    extendColumn(
      rows.map(row => row[c]!),
      LOG_BLOWUP,
    ),
  );
  let layer: TreeDigest[] = Array.from(columns[0]!, (_, r) => hashWords([columns.map(column => column[r]!)]));
  while (layer.length > 1)
    layer = Array.from({ length: layer.length / 2 }, (_, i) => compress(layer[2 * i]!, layer[2 * i + 1]!));
  return layer[0]!;
}

/** Of a tree at the end of a run, which has these public values: 8 · 2^k of them. */
export function provePublicValues(tree: MemoryTree, publicValues: Uint8Array): PublicValuesProof {
  const node = leafOf(SPACE.publicValues, 0) / (publicValues.length / CHUNK);
  return { publicValues: [...publicValues], commitment: tree.node(node), siblings: tree.siblings(node) };
}
