// Events of every chip for devices: some hundred that are honest, at random and at the edges, again and again.

import type { Chip } from '../../../codegen/chips/chip.ts';
import { PRECOMPILE_CHIPS } from '../../../codegen/chips/sp1/precompiles/index.ts';
import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import { enrichersOf } from '../../../src/machine/sp1/records/enrich/index.ts';
import { eventBytes } from '../../chips/fillers.ts';
import { honestEvents } from '../../chips/honest.ts';
import { honestRecords } from '../../chips/openvm-honest.ts';
import { eventsOf } from '../../chips/precompile-calls.ts';
import { randomCalls } from '../../chips/random-calls.ts';

const DISTINCT = 300;

/** Structs of `count` events. */
export function eventStructs(chip: Chip, count: number): Uint32Array {
  const distinct = PRECOMPILE_CHIPS.includes(chip) ? ofCalls(chip) : ofInstructions(chip, Math.min(count, DISTINCT));
  const structs = new Uint32Array((count * chip.event.bytes) / 4);
  for (let i = 0; i < structs.length; i++) structs[i] = distinct[i % distinct.length]!;
  return structs;
}

function ofInstructions(chip: Chip, count: number): Uint32Array {
  const bytes = eventBytes(chip, chip.field === babyBear ? honestRecords(chip, count) : honestEvents(chip, count));
  return new Uint32Array(bytes.buffer, 0, (count * chip.event.bytes) / 4);
}

let calls: ReturnType<typeof randomCalls> | undefined;

function ofCalls(chip: Chip): Uint32Array {
  calls ??= randomCalls(7, 2);
  // Points of secp256k1 are not made up here; its chips are those of secp256r1 with other constants.
  const name = chip.name.replace('Secp256k1', 'Secp256r1');
  const maker = PRECOMPILE_CHIPS.find(one => one.name === name)!;
  const own = calls.filter(({ code }) => enrichersOf(code).some(one => one.chip === maker));
  const structs = own.map(call => eventsOf(maker, call));
  const all = new Uint8Array(structs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of structs) {
    all.set(one, at);
    at += one.length;
  }
  return new Uint32Array(all.buffer);
}
