// Loads and stores as JavaScript: one test for window, alignment and high word, then a plain typed-array access.

import { CONTROL, PAGE_BYTES } from '../../runtime/layout.ts';
import { type MemoryPlan, storeOriginOf } from '../../runtime/memory/memory.ts';
import type { AccessBytes } from '../isa/expr.ts';
import type { AccessEffect, AccessGroup, SharingPolicy } from '../region/accesses.ts';
import { type HalfTree, isZero, plus, split, ZERO_WORD } from '../region/halves.ts';
import { knownOfLoad } from '../region/known.ts';
import {
  assign,
  assignment,
  bin,
  block,
  call,
  type Expression,
  hexNum,
  id,
  index,
  logical,
  num,
  type Statement,
  when,
} from './estree.ts';
import { HalfPrinter, type LeafWords, lower, type WordHalves } from './lower.ts';

/** How guest addresses become area offsets in generated text. */
export interface Window {
  /** First guest address of the window for loads, and for stores (past protected text). */
  readonly loadBase: number;
  readonly storeBase: number;
  /** log2 of the window's bytes. */
  readonly bits: number;
  /** Whether stores test that their page was counted, in the page map. */
  readonly countsPages: boolean;
}

/** The window of a memory plan. */
export const windowOf = (plan: MemoryPlan): Window => ({
  loadBase: plan.windowBase,
  storeBase: plan.windowBase + storeOriginOf(plan),
  bits: plan.windowBits,
  countsPages: plan.maxBytes !== undefined,
});

/** Bytes that the displacement of a load or store can reach from its base register. */
const REACH = 2048;

/**
 * While the base register keeps its value, all accesses within ±REACH of it are inside the window if it is, with a margin:
 * guest memory goes on behind the window's end. Below it a store could reach text that the test takes for past.
 */
export const sharingIn = (window: Window): SharingPolicy => ({
  sharesZero: false,
  alone: 'itself',
  displacements: 'own',
  leastStore: window.storeBase === window.loadBase ? -REACH : 0,
  sharesStores: !window.countsPages,
});

export interface AccessContext {
  readonly window: Window;
  readonly xlen: 32 | 64;
  readonly leaves: LeafWords;
  readonly group: AccessGroup;
  /** Place in the block. */
  readonly i: number;
  /** Holds the index of the base register's word while accesses share its test. */
  readonly baseWord: Expression;
  /** Leaves to the interpreter with the state before this instruction. */
  readonly exit: () => Statement;
  /** The whole access by the host, for places where the test fails often. */
  readonly strays: boolean;
  readonly push: (...statements: Statement[]) => void;
  /** Told of the doubleword whose first word has this index, in text that tells. */
  readonly tell: ((at: Expression) => void) | undefined;
}

/** An area offset, in the variable that every access uses. */
export const OFFSET: Expression = id('$c');

const PAGE_SHIFT = Math.log2(PAGE_BYTES);

const outside = (window: Window, mask: number): number => (-(2 ** window.bits) | mask) >>> 0;

/** What an access is relative to, and how far from it. */
class Base {
  readonly imm: number;
  readonly #lo: HalfTree;
  readonly #hi: HalfTree;
  readonly #text: HalfPrinter;

  constructor({ leaves, group, i, xlen }: AccessContext) {
    const { lo, hi } = split(group.base, leaf => leaves[leaf].known, true);
    this.imm = group.immediateOf(i);
    this.#text = new HalfPrinter(leaves);
    this.#lo = lo;
    this.#hi = xlen === 32 ? ZERO_WORD : hi;
  }

  get lo(): Expression {
    return this.#text.of(this.#lo);
  }

  get hi(): Expression {
    return this.#text.of(this.#hi);
  }

  plus(delta: number): Expression {
    return this.#text.of(plus(this.#lo, delta));
  }

  /** Whether bits are set in `test`, or above the low word. */
  isAny(test: Expression): Expression {
    return bin('!==', isZero(this.#hi) ? test : bin('|', test, this.hi), num(0));
  }
}

/** The test, true also where the page of a store at `$c` has not been counted yet. */
function orUncounted(test: Expression, isStore: boolean, { countsPages, storeBase, loadBase }: Window): Expression {
  if (!isStore || !countsPages) return test;
  const page = bin('>>>', offsetBy(OFFSET, storeBase - loadBase), num(PAGE_SHIFT));
  return logical('||', test, bin('===', index('M', page), num(0)));
}

/** Indices of the words at a checked place: for loads in `I32`, for stores in the view of the store window. */
type WordAt = (k: number) => Expression;

/** Whether the shared test makes the base register's word a word of memory. */
export const sharesWord = ({ isShared, alignment }: AccessGroup): boolean => isShared && alignment % 4 === 0;

const offsetBy = (index: Expression, delta: number): Expression =>
  delta === 0 ? index : bin(delta < 0 ? '-' : '+', index, num(Math.abs(delta)));

/**
 * Tests the access or leaves. Words that share a test are reached from the index of their base register's word: an
 * addition instead of a subtraction, its `| 0` and a shift, each of which V8 compiles with a way back of its own.
 */
function check(effect: AccessEffect, context: AccessContext): WordAt | undefined {
  const { group, i, push, window, baseWord, tell } = context;
  const base = new Base(context);
  if (group.isShared && group.first === i) {
    const floor = group.isStore ? Math.max(window.storeBase, window.loadBase + REACH) : window.loadBase + REACH;
    const test = base.isAny(bin('&', base.plus(-floor), hexNum(outside(window, group.alignment - 1))));
    push(when(test, context.exit()));
    if (sharesWord(group)) push(assign(baseWord, bin('>>>', base.plus(-window.loadBase), num(2))));
  }
  if (!sharesWord(group) || effect.bytes < 4) {
    checkOffset(effect, context);
    const offset = effect.kind === 'store' ? offsetBy(OFFSET, window.storeBase - window.loadBase) : OFFSET;
    tell?.(bin('<<', bin('>>>', offset, num(3)), num(1)));
    return undefined;
  }
  const delta = base.imm / 4;
  if (group.alignment === 8) tell?.(offsetBy(baseWord, delta & ~1));
  else tell?.(bin('&', offsetBy(baseWord, delta), num(-2)));
  const origin = effect.kind === 'store' ? (window.storeBase - window.loadBase) / 4 : 0;
  return k => offsetBy(baseWord, delta - origin + k);
}

/** Makes `$c` the access's offset in the views of its window, or leaves. */
function checkOffset(effect: AccessEffect, context: AccessContext): void {
  const { window, group, push } = context;
  const base = new Base(context);
  const isStore = effect.kind === 'store';
  push(assign(OFFSET, base.plus(base.imm - (isStore ? window.storeBase : window.loadBase))));
  if (group.isShared) return;
  // The high word of the base register serves for that of the sum: a carry lands below 4096, outside every window.
  const test = base.isAny(bin('&', OFFSET, hexNum(outside(window, effect.bytes - 1))));
  const found = call(isStore ? 'placeOfStore' : 'placeOfLoad', base.lo, base.hi, num(base.imm), num(effect.bytes));
  const failed = when(bin('===', assignment(OFFSET, found), num(-1)), context.exit());
  push(when(orUncounted(test, isStore, window), failed));
}

/** The test whose failure hands the whole access to the host; it writes x0's sink, so as not to name a register. */
function generalTest(
  effect: AccessEffect,
  context: AccessContext,
  value: WordHalves,
): { test: Expression; slow: Expression } {
  const { window, push } = context;
  const base = new Base(context);
  const isStore = effect.kind === 'store';
  push(assign(OFFSET, base.plus(base.imm - (isStore ? window.storeBase : window.loadBase))));
  const test = base.isAny(bin('&', OFFSET, hexNum(outside(window, effect.bytes - 1))));
  const where = [base.lo, base.hi, num(base.imm), num(effect.bytes)];
  const slow = isStore
    ? call('storeOrLeave', ...where, value.lo, effect.bytes === 8 ? value.hi : num(0))
    : call('loadIntoSink', ...where, num(effect.kind === 'load' && effect.signed ? 1 : 0));
  return { test: orUncounted(test, isStore, window), slow: bin('!==', slow, num(0)) };
}

const shifted = (offset: Expression, by: number): Expression => (by === 0 ? offset : bin('>>>', offset, num(by)));

const wordsAt =
  (index: Expression): WordAt =>
  k =>
    offsetBy(index, k);

/** The value at a checked area offset, or at words whose indices are known. */
export function loadWord(
  bytes: AccessBytes,
  signed: boolean,
  offset: Expression,
  leaves: LeafWords,
  known?: WordAt,
): WordHalves {
  const narrow = (lo: Expression): WordHalves => ({ lo, hi: num(0), known: knownOfLoad(bytes, signed) });
  switch (bytes) {
    case 1:
      return narrow(index(signed ? 'I8' : 'U8', offset));
    case 2:
      return narrow(index(signed ? 'I16' : 'U16', shifted(offset, 1)));
    case 4:
      return narrow(index('I32', known?.(0) ?? shifted(offset, 2)));
    case 8: {
      const words = known ?? wordsAt(leaves.temporary(shifted(offset, 2)));
      return { lo: index('I32', words(0)), hi: index('I32', words(1)), known: 0 };
    }
  }
}

/** A store through the views of the load window (`I`) or those whose origin is the store window's (`S`). */
export function storeWord(
  bytes: AccessBytes,
  offset: Expression,
  value: WordHalves,
  leaves: LeafWords,
  views: 'S' | 'I',
  known?: WordAt,
): Statement[] {
  switch (bytes) {
    case 1:
      return [assign(index(`${views}8`, offset), value.lo)];
    case 2:
      return [assign(index(`${views}16`, shifted(offset, 1)), value.lo)];
    case 4:
      return [assign(index(`${views}32`, known?.(0) ?? shifted(offset, 2)), value.lo)];
    case 8: {
      const words = known ?? wordsAt(leaves.temporary(shifted(offset, 2)));
      return [assign(index(`${views}32`, words(0)), value.lo), assign(index(`${views}32`, words(1)), value.hi)];
    }
  }
}

/** A whole store. */
export function emitStore(effect: Extract<AccessEffect, { kind: 'store' }>, context: AccessContext): void {
  const { leaves, push, window } = context;
  const value = lower(effect.value, leaves, effect.bytes === 8);
  const views = window.storeBase === window.loadBase ? 'I' : 'S';
  if (context.strays) {
    const { test, slow } = generalTest(effect, context, value);
    const fast = storeWord(effect.bytes, OFFSET, value, inlineTemporaries(leaves), views);
    push(when(test, block([when(slow, context.exit())]), block(fast)));
    return;
  }
  const words = check(effect, context);
  push(...storeWord(effect.bytes, OFFSET, value, leaves, views, words));
}

/** A whole load; `set` is given the value, or nothing where the result is not wanted. */
export function emitLoad(
  effect: Extract<AccessEffect, { kind: 'load' }>,
  context: AccessContext,
  collect: (write: () => void) => Statement[],
  set: ((word: WordHalves) => void) | undefined,
): void {
  const { leaves, push } = context;
  if (context.strays) {
    const { test, slow } = generalTest(effect, context, { lo: num(0), hi: num(0), known: 3 });
    const known = loadWord(effect.bytes, effect.signed, OFFSET, inlineTemporaries(leaves)).known;
    const sink: WordHalves = { lo: index('R', num(CONTROL.sink)), hi: index('R', num(CONTROL.sink + 1)), known };
    const slowly = collect(() => {
      push(when(slow, context.exit()));
      set?.(sink);
    });
    const fast = collect(() => set?.(loadWord(effect.bytes, effect.signed, OFFSET, leaves)));
    push(when(test, block(slowly), block(fast)));
    return;
  }
  const words = check(effect, context);
  set?.(loadWord(effect.bytes, effect.signed, OFFSET, leaves, words));
}

/** Leaves whose temporaries are repeated instead of bound, for use in one arm of a condition. */
const inlineTemporaries = (leaves: LeafWords): LeafWords => ({ ...leaves, temporary: e => e });
