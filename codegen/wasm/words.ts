// Which registers of an RV64 region hold a 32-bit word, sign-extended: extending them again is a copy.

import type { BinaryOp, Expr } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import { writesRd } from '../isa/summary.ts';
import { handsOver } from '../region/liveness.ts';
import type { Block, Region } from '../region/region.ts';

type Binary = Extract<Expr, { op: BinaryOp }>;

/** Registers as bits; x0 is always one of them. */
export const NO_WORDS = 1;
const ALL = -1;

const isWord = (value: bigint): boolean => BigInt.asIntN(32, value) === BigInt.asIntN(64, value);

/** Whether an instruction's value is a sign-extended word, given which registers are. */
function isWordResult(expr: Expr, instruction: Instruction, pc: number, words: number): boolean {
  const of = (e: Expr): boolean => isWordResult(e, instruction, pc, words);
  switch (expr.op) {
    case 'const':
      return isWord(expr.value);
    case 'imm':
      return true;
    case 'pc':
      return pc < 2 ** 31;
    case 'reg':
      return ((words >>> instruction[expr.field]) & 1) === 1;
    case 'sext':
    case 'bool':
      return true;
    case 'and':
      return (of(expr.a) && of(expr.b)) || isSmall(expr.a, instruction) || isSmall(expr.b, instruction);
    case 'or':
    case 'xor':
      return of(expr.a) && of(expr.b);
    case 'shrS':
      return of(expr.a);
    case 'shrU':
      return expr.b.op === 'imm' && instruction.imm > 32;
    case 'add':
      return isCopy(expr, instruction, words);
    default:
      return false;
  }
}

/** A constant that clears the upper half and the sign. */
const isSmall = (expr: Expr, { imm }: Instruction): boolean => expr.op === 'imm' && imm >= 0;

/** x0 + y or x + 0, which is how constants and copies are written. */
function isCopy({ a, b }: Binary, instruction: Instruction, words: number): boolean {
  if (a.op !== 'reg' || (words >>> instruction[a.field]) % 2 === 0) return false;
  return b.op === 'imm' && (instruction.imm === 0 || instruction[a.field] === 0);
}

export function isWordAfter(instruction: Instruction, pc: number, words: number): boolean {
  const { effect } = instruction.row;
  switch (effect.kind) {
    case 'write':
      return isWordResult(effect.value, instruction, pc, words);
    case 'load':
      return effect.bytes < 4 || (effect.bytes === 4 && effect.signed);
    case 'jump':
      return pc + instruction.size < 2 ** 31;
    default:
      return false;
  }
}

export function withWord(words: number, r: number, is: boolean): number {
  if (r === 0) return words;
  return is ? words | (1 << r) : words & ~(1 << r);
}

function wordsBehind(block: Block, before: number): number {
  let words = before;
  let { pc } = block;
  for (const instruction of block.instructions) {
    if (writesRd(instruction.row)) words = withWord(words, instruction.rd, isWordAfter(instruction, pc, words));
    pc += instruction.size;
  }
  return words;
}

/** Per block: the registers that hold words at its start, the greatest solution. */
export function findWords(region: Region, order: readonly number[]): Int32Array {
  const wordsIn = new Int32Array(region.nodes).fill(ALL);
  wordsIn[region.entry] = NO_WORDS;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order) {
      const block = region.blocks[node]!;
      const out = handsOver(block) ? NO_WORDS : wordsBehind(block, wordsIn[node]!);
      for (const successor of block.successors) {
        const merged = wordsIn[successor]! & out;
        if (merged === wordsIn[successor]) continue;
        wordsIn[successor] = merged;
        changed = true;
      }
    }
  }
  return wordsIn;
}
