// Chips on a GPU make what they make on the host, whose fillers are compared with the oracle elsewhere: every cell, padding
// rows too, and every count.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chip } from '../../../codegen/chips/chip.ts';
import { type FillPlan, fillPlans } from '../../../codegen/chips/plan.ts';
import { printJavaScript } from '../../../codegen/chips/print-javascript.ts';
import * as alu from '../../../codegen/chips/sp1/alu.ts';
import { SLOTS } from '../../../codegen/chips/sp1/bytes.ts';
import { chipImmediates, chipKernel, type FillFunction, sumTables } from '../../../codegen/wgsl/chip-kernel.ts';
import { inverseTable } from '../../../runtime/columns/inverses.ts';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { type Device, type DeviceBuffer, type Kernel, type Step, whole } from '../../../runtime/gpu/device.ts';
import { eventBytes } from '../../chips/fillers.ts';
import { honestEvents } from '../../chips/honest.ts';
import { NO_GPU, openTestGpu } from './gpu.ts';

const CHIPS = Object.values(alu);
const TABLES = 3;
/** Workgroups of one dimension: more make two rows of the grid. */
const LOWERED = { maxComputeWorkgroupsPerDimension: 46 };
const ROWS = [0, 1, 31, 32, 33, 46 * 64 + 1, 1000];

const fillOf = (plan: FillPlan): FillFunction => new Function(`return ${printJavaScript(plan)}`)();

/** A trace of each number of rows, one behind the other, each with columns of its own stride. */
interface Place {
  readonly rows: number;
  readonly height: number;
  readonly stride: number;
  readonly firstCell: number;
  /** The trace's first event of those of the chip. */
  readonly firstEvent: number;
}

function placesOf(width: number): { readonly places: readonly Place[]; readonly cells: number } {
  let cells = 0;
  const places = ROWS.map((rows, i) => {
    const height = Math.ceil(rows / 32) * 32;
    const place = { rows, height, stride: height + 3, firstCell: cells, firstEvent: 3 * i };
    cells += width * place.stride;
    return place;
  });
  return { places, cells };
}

const widthOf = (chip: Chip): number => chip.columns.length - chip.fixed;
const EVENTS = Math.max(...ROWS) + 3 * ROWS.length;

interface Traces {
  readonly columns: Uint32Array;
  readonly counts: Uint32Array;
}

/** Columns that differ, in rows of events and of padding apart. */
function differences(chip: Chip, made: Traces, right: Traces): string[] {
  const found = new Set<string>();
  for (const { rows, height, stride, firstCell } of placesOf(widthOf(chip)).places) {
    for (const [i, { name }] of chip.columns.slice(chip.fixed).entries()) {
      for (let row = height - 1; row >= 0; row--) {
        const at = firstCell + i * stride + row;
        const [is, should] = [made.columns[at], right.columns[at]];
        const kind = row < rows ? 'an event' : 'padding';
        if (is !== should) found.add(`${name} of ${kind}`);
      }
    }
  }
  return [...found];
}

/** A device with the fillers of all chips. */
class Fillers {
  readonly device: Device;
  readonly kernels = new Map<Chip, Kernel[]>();
  #inverses: DeviceBuffer | undefined;

  constructor(device: Device) {
    this.device = device;
  }

  async prepare(chips: readonly Chip[]): Promise<void> {
    for (const chip of chips)
      this.kernels.set(
        chip,
        fillPlans(chip).map(plan => chipKernel(plan, fillOf(plan))),
      );
    await this.device.prepare([...this.kernels.values()].flat());
    const table = inverseTable(chips[0]!.field);
    this.#inverses = await this.device.allocate(table.byteLength);
    await this.device.run([{ kind: 'upload', from: table, to: whole(this.#inverses) }]);
  }

  async fill(chip: Chip): Promise<Traces> {
    const { places, cells } = placesOf(widthOf(chip));
    const events = new Uint32Array(eventBytes(chip, honestEvents(chip, EVENTS)).buffer);
    const made = { columns: new Uint32Array(cells), counts: new Uint32Array(SLOTS) };
    const sizes = [events.byteLength, made.columns.byteLength, TABLES * made.counts.byteLength];
    const buffers = await Promise.all(sizes.map(bytes => this.device.allocate(bytes)));
    const [from, columns, counts] = buffers as [DeviceBuffer, DeviceBuffer, DeviceBuffer];
    const bound = [from, columns, counts, this.#inverses!].map(buffer => whole(buffer));
    const dispatches = places.flatMap(({ height, firstEvent, ...place }) => {
      const immediates = chipImmediates({
        ...place,
        firstEvent: (firstEvent * chip.event.bytes) / 4,
        tables: TABLES,
        slots: SLOTS,
      });
      const each = this.kernels.get(chip)!;
      return each.map((kernel): Step => ({ kind: 'dispatch', kernel, buffers: bound, threads: height, immediates }));
    });
    await this.device.run([
      { kind: 'upload', from: events, to: whole(from) },
      { kind: 'clear', range: whole(columns) },
      { kind: 'clear', range: whole(counts) },
      ...dispatches,
      { kind: 'dispatch', kernel: sumTables, buffers: [whole(counts)], threads: SLOTS, immediates: [TABLES] },
      { kind: 'download', from: whole(columns), to: made.columns },
      { kind: 'download', from: whole(counts, made.counts.byteLength), to: made.counts },
    ]);
    for (const buffer of buffers) this.device.release(buffer);
    return made;
  }
}

const host = new Fillers(new CpuDevice());
beforeAll(() => host.prepare(CHIPS));
const named = CHIPS.map(chip => [chip.name, chip] as const);

it.each(named)('padding rows of %s are those of its description', async (_, chip) => {
  const { columns } = await host.fill(chip);
  for (const { rows, height, stride, firstCell } of placesOf(widthOf(chip)).places) {
    for (let row = rows; row < height; row++) {
      const cells = chip.columns.slice(chip.fixed).map((_, i) => columns[firstCell + i * stride + row]);
      expect(cells).toEqual(chip.padding[(row - rows) % chip.padding.length]!.slice(chip.fixed));
    }
  }
});

describe('chips on a GPU', () => {
  if (NO_GPU !== undefined) {
    it.skip(NO_GPU, () => {});
    return;
  }
  let gpu: Fillers;
  beforeAll(async () => {
    gpu = new Fillers(await openTestGpu({ lower: LOWERED, ring: { slots: 3, slotBytes: 2 ** 20 } }));
    await gpu.prepare(CHIPS);
  });
  afterAll(() => gpu.device.close());

  it.each(named)('%s has the columns and counts of the host', async (_, chip) => {
    const [made, right] = [await gpu.fill(chip), await host.fill(chip)];
    expect(differences(chip, made, right)).toEqual([]);
    expect(Buffer.compare(Buffer.from(made.counts.buffer), Buffer.from(right.counts.buffer))).toBe(0);
    expect(made.counts.some(count => count > 0)).toBe(true);
  });

  it('differs in the columns that a wrong text fills', async () => {
    const chip = CHIPS[0]!;
    const [kernel] = gpu.kernels.get(chip)!;
    const wgsl = kernel!.wgsl.replace(/columns\[c \+ 2u \* stride\] = /, '$&1u ^ ');
    expect(wgsl).not.toBe(kernel!.wgsl);
    gpu.kernels.set(chip, [{ ...kernel!, wgsl }]);
    const found = differences(chip, await gpu.fill(chip), await host.fill(chip));
    expect(found).toEqual([`${chip.columns[2]!.name} of an event`]);
  });
});
