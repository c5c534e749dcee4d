// Operations on u32, which all printers of fillers know: a graph in which equal operations are one. Rules of
// simplification are applied as nodes are made.

import { assert } from '../../runtime/errors.ts';

export type U32Op =
  | 'const'
  | 'event' // a u32 of the event, by its index
  | 'column' // what an earlier group of columns stored in this row
  | 'next' // the same of the row behind, where checkers read it
  | 'add'
  | 'sub'
  | 'mul'
  | 'divU' // by what is not 0
  | 'and'
  | 'or'
  | 'xor'
  | 'shl' // by `value`, 1 to 31
  | 'shr'
  | 'sar'
  | 'shlBy' // by the second operand, below 32
  | 'shrBy'
  | 'eq' // 1 or 0
  | 'ltU'
  | 'ltS'
  | 'select' // the first operand is 1 or 0
  | 'inverse' // of a number below 2^18, from the table
  | 'fieldAdd' // of canonical elements
  | 'montgomery'; // a · b / 2^32 in the field, of elements below p

export interface U32 {
  readonly op: U32Op;
  readonly args: readonly U32[];
  /** The constant, index or shift. */
  readonly value: number;
  /** Nodes after their operands. */
  readonly id: number;
}

export interface Graph {
  constant(value: number | bigint): U32;
  make(op: U32Op, args: readonly U32[], value?: number): U32;
}

export function graph(): Graph {
  const known = new Map<string, U32>();
  const intern = (op: U32Op, args: readonly U32[], value: number): U32 => {
    const key = `${op} ${value} ${args.map(({ id }) => id).join(' ')}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = { op, args, value, id: known.size };
    known.set(key, made);
    return made;
  };
  const constant = (value: number | bigint): U32 => intern('const', [], Number(BigInt.asUintN(32, BigInt(value))));
  const make = (op: U32Op, args: readonly U32[], value = 0): U32 => {
    const folded = fold(op, args, value);
    if (folded !== undefined) return constant(folded);
    const ordered = COMMUTATIVE.has(op) && args[0]!.op === 'const' ? [args[1]!, args[0]!] : args;
    return simplify({ constant, make, intern }, op, ordered, value) ?? intern(op, ordered, value);
  };
  return { constant, make };
}

const COMMUTATIVE: ReadonlySet<U32Op> = new Set(['add', 'mul', 'and', 'or', 'xor', 'eq', 'fieldAdd', 'montgomery']);

interface Maker extends Graph {
  intern(op: U32Op, args: readonly U32[], value: number): U32;
}

/** A simpler node for the same value; constants stand on the right. */
function simplify({ constant, make, intern }: Maker, op: U32Op, args: readonly U32[], value: number): U32 | undefined {
  const [a, b, c] = args;
  const k = b?.op === 'const' ? b.value : undefined;
  switch (op) {
    case 'add':
      if (k === undefined || a!.op !== 'add' || a!.args[1]!.op !== 'const') return k === 0 ? a : undefined; // x + 0 = x
      return make('add', [a!.args[0]!, constant(k + a!.args[1]!.value)]); // (x + m) + n = x + (m + n)
    case 'sub':
      if (a === b) return constant(0); // x − x = 0
      return k === undefined ? undefined : make('add', [a!, constant(-k)]); // x − n = x + −n
    case 'or':
    case 'xor':
    case 'fieldAdd':
      return k === 0 ? a : undefined; // x | 0 = x
    case 'mul':
      if (k === 0) return constant(0); // x · 0 = 0
      if (k === 1) return a; // x · 1 = x
      if (k !== undefined && Number.isInteger(Math.log2(k))) return make('shl', [a!], Math.log2(k)); // x · 2^k = x << k
      return undefined;
    case 'and':
      if (k === 0) return constant(0); // x & 0 = 0
      if (k === 0xffffffff) return a; // x & −1 = x
      if (k !== undefined && a!.op === 'and' && a!.args[1]!.op === 'const')
        return make('and', [a!.args[0]!, constant(k & a!.args[1]!.value)]); // (x & m) & n = x & (m & n)
      if (k !== undefined && a!.op === 'shr' && 0xffffffff >>> a!.value === k) return a; // (x >> k) & (2^(32−k) − 1)
      return undefined;
    case 'shl':
    case 'shr':
    case 'sar':
      if (value === 0) return a; // x << 0 = x
      if (a!.op !== op || op === 'sar') return undefined;
      return a!.value + value < 32 ? intern(op, a!.args, a!.value + value) : constant(0); // (x << j) << k = x << (j + k)
    case 'shlBy':
    case 'shrBy':
      return k === undefined ? undefined : make(op === 'shlBy' ? 'shl' : 'shr', [a!], k);
    case 'select':
      if (a!.op === 'const') return a!.value === 1 ? b : c; // 1 ? x : y = x
      if (b === c) return b; // c ? x : x = x
      return b!.op === 'const' && c!.op === 'const' && b!.value === 1 && c!.value === 0 ? a : undefined; // c ? 1 : 0 = c
    case 'eq':
      return a === b ? constant(1) : undefined;
    case 'ltU':
      return k === 0 || a === b ? constant(0) : undefined; // nothing is below 0
    default:
      return undefined;
  }
}

/** The value of an operation on constants, where it needs no field. */
function fold(op: U32Op, args: readonly U32[], value: number): number | undefined {
  if (args.length === 0 || args.some(arg => arg.op !== 'const')) return undefined;
  const [a = 0, b = 0, c = 0] = args.map(arg => arg.value);
  switch (op) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return Math.imul(a, b);
    case 'divU':
      return Math.floor(a / b);
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << value;
    case 'shr':
      return a >>> value;
    case 'sar':
      return a >> value;
    case 'shlBy':
      return a << b;
    case 'shrBy':
      return a >>> b;
    case 'eq':
      return a === b ? 1 : 0;
    case 'ltU':
      return a < b ? 1 : 0;
    case 'ltS':
      return (a | 0) < (b | 0) ? 1 : 0;
    case 'select':
      return a === 1 ? b : c;
    default:
      return undefined;
  }
}

/** All nodes that `roots` need, operands first. */
export function reachable(roots: readonly U32[]): U32[] {
  const seen = new Set<U32>();
  const order: U32[] = [];
  const visit = (node: U32): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const arg of node.args) visit(arg);
    order.push(node);
  };
  for (const root of roots) visit(root);
  assert(order.length === seen.size, 'chips: a graph with a cycle');
  return order;
}
