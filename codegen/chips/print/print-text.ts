// Fillers as text: one fold over the plan, and a table of operators for each language (print-javascript.ts, print-wgsl.ts).
// A value that is used once stands where it is used, one that is used again has a name.

import type { FillPlan } from '../plan.ts';
import { reachable, type U32, type U32Op } from '../u32.ts';

/** What a language writes for an operation, given its operands' texts. */
export type Operators = Readonly<Record<U32Op, (args: readonly string[], node: U32) => string>>;

export interface Syntax {
  readonly operators: Operators;
  declare(name: string, value: string): string;
  store(column: number, value: string): string;
  /** `times` is undefined where it is 1. */
  count(slot: string, times: string | undefined): string;
}

/** Nested deeper, a value gets a name though it is used once: parsers recurse. */
const MAX_DEPTH = 24;

/** The statements of a row, in the order of its columns; lookups come last. */
export function rowStatements(plan: FillPlan, syntax: Syntax): string[] {
  const printer = expressionPrinter(plan, syntax);
  for (const { index, value } of plan.columns) {
    const text = printer.text(value);
    printer.statements.push(syntax.store(index, text));
  }
  for (const { slot, times } of plan.counts) {
    const isOnce = times.op === 'const' && times.value === 1;
    const [at, n] = [printer.text(slot), isOnce ? undefined : printer.text(times)];
    printer.statements.push(syntax.count(at, n));
  }
  return printer.statements;
}

/** Whether a plan needs an operation, for what stands before the rows. */
export function uses(plan: FillPlan, op: U32Op): boolean {
  return operationsOf(plan).some(node => node.op === op);
}

/** All operations of a plan, operands first. */
export function operationsOf(plan: FillPlan): U32[] {
  const lookups = plan.counts.flatMap(({ slot, times }) => [slot, times]);
  return reachable([...plan.columns.map(({ value }) => value), ...lookups]);
}

/** How often each operation's value is used. */
export function useCounts(plan: FillPlan): Map<U32, number> {
  const counts = new Map<U32, number>();
  const use = (node: U32): void => void counts.set(node, (counts.get(node) ?? 0) + 1);
  for (const node of operationsOf(plan)) for (const arg of node.args) use(arg);
  for (const { value } of plan.columns) use(value);
  for (const { slot, times } of plan.counts) for (const node of [slot, times]) use(node);
  return counts;
}

function expressionPrinter(
  plan: FillPlan,
  { operators, declare }: Syntax,
): { readonly statements: string[]; text(node: U32): string } {
  const counts = useCounts(plan);
  const names = new Map<U32, string>();
  const statements: string[] = [];
  const depths = new Map<U32, number>();
  const text = (node: U32): string => {
    const name = names.get(node);
    if (name !== undefined) return name;
    const args = node.args.map(text);
    const depth = 1 + Math.max(0, ...node.args.map(arg => (names.has(arg) ? 0 : (depths.get(arg) ?? 0))));
    depths.set(node, depth);
    const written = operators[node.op](args, node);
    if (node.op === 'const' || (counts.get(node) === 1 && depth < MAX_DEPTH)) return written;
    const made = `v${names.size}`;
    names.set(node, made);
    statements.push(declare(made, written));
    return made;
  };
  return { statements, text };
}

/** A name for a plan's function: wide chips have several. */
export function planName({ name, columns }: FillPlan): string {
  const first = columns[0]?.index ?? 0;
  return first === 0 ? `fill${name}` : `fill${name}From${first}`;
}
