// Fillers as WebAssembly: four rows at once in the lanes of i32x4, then the rows that are left one by one. Both come from
// one fold; print-scalar.ts and print-vector.ts say what an operation is.

import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { op, valueType } from '../../wasm/binary/instructions.ts';
import { type Limits, moduleWriter } from '../../wasm/binary/module.ts';
import type { FillPlan } from '../plan.ts';
import type { U32 } from '../u32.ts';
import type { LaneFrame, LaneWriter } from './print-lanes.ts';
import { scalarLanes } from './print-scalar.ts';
import { planName, useCounts } from './print-text.ts';
import { vectorLanes } from './print-vector.ts';

/** Parameters of each function: bytes, but for the number of rows. */
const PARAMETERS = { events: 0, columns: 1, stride: 2, counts: 3, inverses: 4, rows: 5 } as const;

/** Bytes behind the last event that a filler may read and does not use. */
export const EVENT_SLACK = 12;

/**
 * A module over an imported memory (`env.memory`) that exports a function for each plan, by its `functionName`. `isWhole`:
 * rows are always a multiple of four, so that nothing is printed for those that are left.
 */
export function printWasm(plans: readonly FillPlan[], memory: Limits, isWhole = false): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  module.importMemory('env', 'memory', memory);
  const type = module.type(new Array(6).fill(valueType.i32), []);
  for (const plan of plans) {
    const index = module.declareFunction(type, planName(plan));
    module.defineFunction(index, fill(plan, isWhole));
    module.export(planName(plan), 'function', index);
  }
  return module.finish();
}

function fill(plan: FillPlan, isWhole: boolean): CodeWriter {
  const code = codeWriter(6);
  loop(code, plan, vectorLanes, () => {
    code.localGet(PARAMETERS.rows);
    code.i32Const(2);
    code.op(op.i32ShrU);
  });
  if (isWhole) return code;
  loop(code, plan, scalarLanes, () => {
    code.localGet(PARAMETERS.rows);
    code.i32Const(3);
    code.op(op.i32And);
  });
  return code;
}

/** As often as `times` says: a row, or four; pointers go on. */
function loop(code: CodeWriter, plan: FillPlan, makeLanes: (frame: LaneFrame) => LaneWriter, times: () => void): void {
  const left = code.addLocal(valueType.i32);
  const cell = code.addLocal(valueType.i32);
  times();
  code.localTee(left);
  code.if();
  const again = code.loop();
  const lanes = makeLanes({ code, ...PARAMETERS, eventWords: plan.eventWords, field: plan.field });
  fillRows(plan, code, lanes, cell);
  advance(code, PARAMETERS.events, 4 * plan.eventWords * lanes.rows);
  advance(code, PARAMETERS.columns, 4 * lanes.rows);
  advance(code, left, -1);
  code.localGet(left);
  code.brIf(again);
  code.end();
  code.end();
}

function advance(code: CodeWriter, local: number, by: number): void {
  code.localGet(local);
  code.i32Const(by);
  code.op(op.i32Add);
  code.localSet(local);
}

function fillRows(plan: FillPlan, code: CodeWriter, lanes: LaneWriter, cell: number): void {
  const push = pusher(plan, code, lanes);
  const first = plan.columns[0]?.index ?? 0;
  code.localGet(PARAMETERS.columns);
  code.localGet(PARAMETERS.stride);
  code.i32Const(first);
  code.op(op.i32Mul);
  code.op(op.i32Add);
  code.localSet(cell);
  for (const [i, { value }] of plan.columns.entries()) {
    if (i > 0) {
      code.localGet(cell);
      code.localGet(PARAMETERS.stride);
      code.op(op.i32Add);
      code.localSet(cell);
    }
    code.localGet(cell);
    push(value);
    lanes.store();
  }
  for (const { slot, times } of plan.counts) {
    const isOnce = times.op === 'const' && times.value === 1;
    const [inner, offset] = splitOffset(slot);
    push(inner);
    lanes.count(4 * offset, isOnce ? undefined : () => push(times));
  }
}

/** x + k with a k that fits in an instruction's offset: a slot's base costs nothing there. */
function splitOffset(slot: U32): readonly [U32, number] {
  const [a, b] = slot.args;
  if (slot.op === 'add' && b!.op === 'const' && b!.value < 2 ** 24) return [a!, b!.value];
  return [slot, 0];
}

/** Pushes a node's value; what is used again stays in a local. */
function pusher(plan: FillPlan, code: CodeWriter, lanes: LaneWriter): (node: U32) => void {
  const counts = useCounts(plan);
  const locals = new Map<U32, number>();
  const push = (node: U32): void => {
    if (node.op === 'const') {
      lanes.constant(node.value);
      return;
    }
    if (node.op === 'event') {
      lanes.event(node.value);
      return;
    }
    const raw = locals.get(node);
    if (raw !== undefined) code.localGet(raw);
    else {
      lanes.operation(node, push, pushMask);
      keep(node);
    }
    if (lanes.isMask(node)) lanes.maskToFlag();
  };
  const pushMask = (node: U32): void => {
    if (!lanes.isMask(node)) {
      push(node);
      lanes.flagToMask();
      return;
    }
    const raw = locals.get(node);
    if (raw !== undefined) {
      code.localGet(raw);
      return;
    }
    lanes.operation(node, push, pushMask);
    keep(node);
  };
  const keep = (node: U32): void => {
    if (counts.get(node) === 1) return;
    const local = code.addLocal(lanes.type);
    locals.set(node, local);
    code.localTee(local);
  };
  return push;
}
