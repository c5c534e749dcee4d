// The two kinds of walk: their text, and what it and the regions emitted for it ask of who walks.

import { emitCountingWalk } from '../../../../../codegen/wasm/walk/count-walk.ts';
import { emitRecordingWalk } from '../../../../../codegen/wasm/walk/record-walk.ts';
import type { WalkPlace } from '../../../../../codegen/wasm/walk/walk-frame.ts';
import type { Abi, AbiExports } from '../../../../../runtime/contract.ts';
import { instantiate } from '../../../../../runtime/instantiate.ts';
import type { WasmModule } from '../../../../../runtime/memory/wasm-types.ts';
import { RECORD_OPERATIONS, recordOperationAt } from '../record-operations.ts';
import { OPERATIONS } from './operations.ts';
import type { CodeHost, CodeOptions, CodePlan } from './walked-code.ts';
import type { WalkedSlots } from './walked-slots.ts';

interface Listener {
  /** Does the system call at which the walker stands; gives the clk at which to stop now. */
  ecall(): number;
}

/** Who counts, or records: told of what a row cannot know. */
export type CountListener = Listener & Pick<Abi<'countingWalk'>, 'fresh' | 'filtered'>;
export type RecordListener = Listener & Pick<Abi<'recordingWalk'>, 'stale' | 'crossing' | 'resolve'>;

type WalkHost = Pick<Abi<'countingWalk' | 'recordingWalk'>, 'memory' | 'seen'>;

interface LinkedWalk extends Pick<CodeHost, 'imports'>, Pick<AbiExports<'countingWalk'>, 'walk'> {
  readonly find: AbiExports<'recordingWalk'>['find'] | undefined;
}

interface WalkKind {
  readonly name: string;
  readonly code: CodeOptions;
  /** Whether its memory takes events, as many as there are. */
  readonly grows: boolean;
  readonly operationAt: CodePlan['operationAt'];
  emit(place: WalkPlace, pages: number, most: number): Uint8Array<ArrayBuffer>;
  link(module: WasmModule, host: WalkHost, slots: WalkedSlots): LinkedWalk;
}

export function walkKind(listener: CountListener | RecordListener): WalkKind {
  return 'crossing' in listener ? recording(listener) : counting(listener);
}

const counting = ({ fresh, filtered }: CountListener): WalkKind => ({
  name: 'counting',
  code: { hot: 2000, maxInstructions: 3500, batchInstructions: 3000, weight: 1 },
  grows: false,
  operationAt: undefined,
  emit: (place, pages) => emitCountingWalk(place, OPERATIONS, pages),
  link(module, host) {
    const { walk, note } = instantiate('countingWalk', module, { ...host, fresh, filtered });
    return { walk, find: undefined, imports: { note } };
  },
});

/** Its text is some eight times as long as counting text, and gains more: 10 to 30 ns an instruction. */
const recording = ({ stale, crossing, resolve }: RecordListener): WalkKind => ({
  name: 'recording',
  code: { hot: 500, maxInstructions: 1000, batchInstructions: 1000, weight: 0.5 },
  grows: true,
  operationAt: recordOperationAt,
  emit: (place, pages, most) => emitRecordingWalk(place, RECORD_OPERATIONS, pages, most),
  link(module, host, slots) {
    const { walk, look, find } = instantiate('recordingWalk', module, { ...host, stale, crossing, resolve });
    const bump = (pc: number, count: number, clkLow: number): void => slots.bump(pc >>> 0, count, clkLow, stale);
    return { walk, find, imports: { look, bump, crossing } };
  },
});
