// Runs field steps on numbers: results, carries and witnesses go to places of a struct.

import { assert } from '../errors.ts';
import { evenSquareRoot } from './ed25519.ts';
import { type Equation, equationOf, type FieldOp, type FieldStep, type Operand } from './field-steps.ts';
import { type Element, elementOf, type GadgetField, limbsToBytes, newElement, writeWitness } from './gadget-field.ts';
import { add, equals, type FieldLimbs, inverse, isZero } from './limbs.ts';
import { addProduct, carryOver, divide, divideSmall } from './quotient.ts';

const BASE = 2 ** 24;
const INVERSE_BASE = 2 ** -24;

/** Views of one buffer. */
export interface Struct {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
}

/** Bytes from the start of a struct to the cells of a step. */
export interface StepPlace {
  readonly result: number;
  readonly carry: number;
  readonly witness: number;
}

export interface FieldProgram {
  /** Where inputs are written before a run. */
  readonly inputs: ReadonlyMap<string, Element>;
  /** Runs all steps; their cells go to the struct at `at` bytes. Gives why a step has no result, if one has none. */
  run(struct: Struct, at: number): string | undefined;
  /** The result of a step of the last run. */
  result(name: string): Element;
}

/** `places` has each step's. */
export function fieldProgram(
  field: GadgetField,
  inputNames: readonly string[],
  steps: readonly FieldStep[],
  places: ReadonlyMap<string, StepPlace>,
): FieldProgram {
  const elements = new Map(inputNames.map(name => [name, newElement(field)]));
  const inputs = new Map(elements);
  const constants = new Map<bigint, Element>();
  const resolve = (operand: Operand): Element => {
    if (typeof operand === 'bigint') {
      if (!constants.has(operand)) constants.set(operand, elementOf(field, operand));
      return constants.get(operand)!;
    }
    const element = elements.get(operand);
    assert(element !== undefined, `fields: a step of ${operand}, which comes later`);
    return element;
  };
  const workspace = workspaceOf(field);
  const bound = steps.map(step => {
    const operands = step.of.map(resolve);
    const r = newElement(field);
    elements.set(step.name, r);
    const place = places.get(step.name);
    assert(place !== undefined, `fields: no place for ${step.name}`);
    return { op: step.op, operands, r, equation: equationOf(step.op, r, operands), place };
  });
  return {
    inputs,
    run: (struct, at) => {
      for (const one of bound) {
        const refusal = runStep(field, workspace, one, struct, at);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    },
    result: name => elements.get(name)!,
  };
}

interface BoundStep {
  readonly op: FieldOp;
  readonly operands: readonly Element[];
  readonly r: Element;
  readonly equation: Equation<Element>;
  readonly place: StepPlace;
}

interface Workspace {
  readonly total: Float64Array;
  readonly quotient: FieldLimbs;
  readonly remainder: FieldLimbs;
  readonly remainderBytes: Float64Array;
  readonly carry: Float64Array;
  /** A factor's bytes, those of its two halves together; and sums of products of such. */
  readonly half: Float64Array;
  readonly packed: Float64Array;
  readonly values: Float64Array;
  readonly one: FieldLimbs;
  /** The last number that was inverted: chips divide twice by the same one. */
  readonly divisor: FieldLimbs;
  readonly inverted: FieldLimbs;
  readonly temporary: FieldLimbs;
}

function workspaceOf({ modulus, bytes }: GadgetField): Workspace {
  const limbs = (): FieldLimbs => new Float64Array(modulus.limbs);
  const one = limbs();
  one[0] = 1;
  return {
    total: new Float64Array(2 * modulus.limbs + 2),
    quotient: new Float64Array(modulus.limbs + 1),
    remainder: limbs(),
    remainderBytes: new Float64Array(bytes),
    carry: new Float64Array(bytes),
    half: new Float64Array(bytes / 2),
    packed: new Float64Array((3 * bytes) / 2),
    values: new Float64Array(2 * bytes),
    one,
    divisor: limbs(),
    inverted: limbs(),
    temporary: limbs(),
  };
}

function runStep(field: GadgetField, w: Workspace, bound: BoundStep, struct: Struct, at: number): string | undefined {
  const { op, operands, r, equation, place } = bound;
  if (!equation.isRemainder) {
    const refusal = solve(field, w, op, operands, r.limbs);
    if (refusal !== undefined) return refusal;
    limbsToBytes(r.limbs, r.bytes);
  }
  divideTotal(field, w, equation);
  limbsToBytes(w.remainder, w.remainderBytes);
  if (equation.isRemainder) {
    r.limbs.set(w.remainder);
    r.bytes.set(w.remainderBytes);
  }
  store(field, w, bound, struct, at, place);
  return undefined;
}

/** quotient and remainder of Σ products + Σ plus. */
function divideTotal({ modulus }: GadgetField, w: Workspace, { products, plus }: Equation<Element>): void {
  const { total, quotient, remainder } = w;
  const n = modulus.limbs;
  total.fill(0);
  for (const [a, b] of products) addProduct(a.limbs, n, b.limbs, n, total);
  for (const { limbs } of plus) for (let i = 0; i < n; i++) total[i]! += limbs[i]!;
  carryOver(total);
  if (products.length > 0) {
    divide(modulus, total, quotient, remainder);
    return;
  }
  for (let i = 0; i < n; i++) remainder[i] = total[i]!;
  quotient.fill(0);
  quotient[0] = divideSmall(modulus, remainder, total[n]!);
}

/** The result of a step that is no remainder; or why there is none. */
function solve(
  field: GadgetField,
  w: Workspace,
  op: FieldOp,
  operands: readonly Element[],
  out: FieldLimbs,
): string | undefined {
  const [a, b] = operands as [Element, Element];
  switch (op) {
    case 'sub':
      return difference(field, a.limbs, b.limbs, out);
    case 'div':
      w.temporary.set(b.limbs);
      return quotientInField(field, w, a.limbs, out);
    case 'overSum':
      add(b.limbs, w.one, w.temporary);
      return quotientInField(field, w, a.limbs, out);
    case 'overDifference':
      difference(field, w.one, b.limbs, w.temporary);
      return quotientInField(field, w, a.limbs, out);
    default:
      return evenSquareRoot(a.limbs, out) ? undefined : 'a square root of what is no square';
  }
}

/** out = (p + a − b) mod p. */
function difference({ modulus }: GadgetField, a: FieldLimbs, b: FieldLimbs, out: FieldLimbs): string | undefined {
  let carry = 0;
  for (let i = 0; i < modulus.limbs; i++) {
    const x = a[i]! - b[i]! + modulus.p[i]! + carry;
    carry = Math.floor(x * INVERSE_BASE);
    out[i] = x - carry * BASE;
  }
  if (carry < 0) return 'a difference below −p';
  divideSmall(modulus, out, carry);
  return undefined;
}

/** out = a / w.temporary. */
function quotientInField(
  { modulus, prime }: GadgetField,
  w: Workspace,
  a: FieldLimbs,
  out: FieldLimbs,
): string | undefined {
  const { temporary, divisor, inverted, total, quotient } = w;
  divideSmall(modulus, temporary, 0);
  if (isZero(temporary)) return 'a division by zero';
  if (!equals(temporary, divisor)) {
    divisor.set(temporary);
    inverse(prime, temporary, inverted);
  }
  total.fill(0);
  addProduct(a, modulus.limbs, inverted, modulus.limbs, total);
  carryOver(total);
  divide(modulus, total, quotient, out);
  return undefined;
}

/** Result, carry and witness. */
function store(field: GadgetField, w: Workspace, bound: BoundStep, struct: Struct, at: number, place: StepPlace): void {
  const { products, plus } = bound.equation;
  const { carry, values, remainderBytes } = w;
  const { bytes, modulusBytes } = field;
  limbsToBytes(w.quotient, carry);
  values.fill(0);
  for (const x of plus) for (let i = 0; i < bytes; i++) values[i]! += x.bytes[i]!;
  for (let i = 0; i < bytes; i++) values[i]! -= remainderBytes[i]!;
  if (products.length > 0) {
    addCoefficients(field, w, products);
  } else if (carry[0] !== 0) {
    const times = carry[0]!;
    for (let i = 0; i < bytes; i++) values[i]! -= times * modulusBytes[i]!;
  }
  const { u8, u16 } = struct;
  for (let i = 0; i < bytes; i++) {
    u8[at + place.result + i] = bound.r.bytes[i]!;
    u8[at + place.carry + i] = carry[i]!;
  }
  writeWitness(values, field.witnesses, field.offset, u16, (at + place.witness) >> 1);
}

/** Where the second half of a number's bytes is in doubles that hold both: coefficients stay below 2^24 in size. */
const PACKED = 2 ** 26;

/** values += Σ products − carry · modulus: two coefficients in a double, which halves the multiplications. */
function addCoefficients(
  { bytes, modulusBytes }: GadgetField,
  { values, carry, half, packed }: Workspace,
  products: readonly (readonly [Element, Element])[],
): void {
  const n = bytes / 2;
  packed.fill(0);
  for (const [a, b] of products) {
    for (let i = 0; i < n; i++) half[i] = a.bytes[i]! + PACKED * a.bytes[i + n]!;
    addProduct(half, n, b.bytes, bytes, packed);
  }
  for (let i = 0; i < n; i++) half[i] = -(carry[i]! + PACKED * carry[i + n]!);
  addProduct(half, n, modulusBytes, bytes, packed);
  for (let k = 0; k < n + bytes - 1; k++) {
    const both = packed[k]!;
    const upper = Math.round(both / PACKED);
    values[k]! += both - upper * PACKED;
    values[k + n]! += upper;
  }
}
