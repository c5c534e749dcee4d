// The field operations of proofs' gadgets as data: what equation each step stands for. Whoever computes a row and whoever
// checks it read the same steps.
// Reference: sp1:crates/core/machine/src/operations/field, SP1 6.4.0.

/** The result of an earlier step or an input, by name; or a constant. */
export type Operand = string | bigint;

/**
 * `sub` is a − b, `div` a / b, `inner` a b + c d, `overSum` a / (1 + b), `overDifference` a / (1 − b), `root` the even
 * square root of a.
 */
export type FieldOp = 'add' | 'sub' | 'mul' | 'div' | 'inner' | 'overSum' | 'overDifference' | 'root';

export interface FieldStep<Name extends string = string> {
  readonly name: Name;
  readonly op: FieldOp;
  /** a, b, c, d: as many as the operation has. */
  readonly of: readonly Operand[];
}

/** Σ products + Σ plus = minus + carry · modulus, over the integers. */
export interface Equation<T> {
  readonly products: readonly (readonly [T, T])[];
  readonly plus: readonly T[];
  readonly minus: T;
  /** Whether `minus` is the result, so that the quotient and the result come from one division. */
  readonly isRemainder: boolean;
}

/** The equation of a step with the result `r`. */
export function equationOf<T>(op: FieldOp, r: T, operands: readonly T[]): Equation<T> {
  const [a, b, c, d] = operands as [T, T, T, T];
  switch (op) {
    case 'add':
      return { products: [], plus: [a, b], minus: r, isRemainder: true };
    case 'mul':
      return { products: [[a, b]], plus: [], minus: r, isRemainder: true };
    case 'inner':
      return {
        products: [
          [a, b],
          [c, d],
        ],
        plus: [],
        minus: r,
        isRemainder: true,
      };
    case 'sub':
      return { products: [], plus: [r, b], minus: a, isRemainder: false };
    case 'div':
      return { products: [[r, b]], plus: [], minus: a, isRemainder: false };
    case 'overSum':
      return { products: [[b, r]], plus: [r], minus: a, isRemainder: false };
    case 'overDifference':
      return { products: [[b, r]], plus: [a], minus: r, isRemainder: false };
    case 'root':
      return { products: [[r, r]], plus: [], minus: a, isRemainder: false };
  }
}
