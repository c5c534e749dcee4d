// Traces of chips by a device, of several heights in one run, and what differs between two devices'.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chip } from '../../../codegen/chips/chip.ts';
import { type FillPlan, fillPlans } from '../../../codegen/chips/plan.ts';
import { printJavaScript } from '../../../codegen/chips/print/print-javascript.ts';
import { chipImmediates, chipKernel, type JavaScriptFill, sumTables } from '../../../codegen/wgsl/chip-kernel.ts';
import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { type Device, type DeviceBuffer, type Kernel, type Step, whole } from '../../../runtime/gpu/device.ts';
import { TABLES as LOOKUPS } from '../../chips/fillers.ts';
import { eventStructs } from './chip-events.ts';
import { NO_GPU, openTestGpu } from './gpu.ts';

const TABLES = 3;
/** Workgroups of one dimension: more make two rows of the grid. */
export const LOWERED = { maxComputeWorkgroupsPerDimension: 60 };
const ROWS = [0, 1, 31, 32, 33, 60 * 64 + 1, 1000];
/** Of chips that have many columns, on which a GPU works in groups. */
const ROWS_OF_WIDE = ROWS.slice(0, 5);
const WIDE = 300;
const GROUP_COLUMNS = 256;

const fillOf = (plan: FillPlan): JavaScriptFill => new Function(`return ${printJavaScript(plan)}`)();

/** A trace of each number of rows, one behind the other, each with columns of its own stride. */
export interface Place {
  readonly rows: number;
  readonly height: number;
  readonly stride: number;
  readonly firstCell: number;
  /** The trace's first event of those of the chip. */
  readonly firstEvent: number;
}

const rowsOf = (width: number): readonly number[] => (width > WIDE ? ROWS_OF_WIDE : ROWS);

export function placesOf(width: number): { readonly places: readonly Place[]; readonly cells: number } {
  let cells = 0;
  const places = rowsOf(width).map((rows, i) => {
    const height = Math.ceil(rows / 32) * 32;
    const place = { rows, height, stride: height + 3, firstCell: cells, firstEvent: 3 * i };
    cells += width * place.stride;
    return place;
  });
  return { places, cells };
}

export const widthOf = (chip: Chip): number => chip.columns.length - chip.fixed;
const eventCount = (width: number): number => Math.max(...rowsOf(width)) + 3 * ROWS.length;

export interface Traces {
  readonly columns: Uint32Array;
  readonly counts: Uint32Array;
}

/** Columns that differ, in rows of events and of padding apart. */
export function differences(chip: Chip, made: Traces, right: Traces): string[] {
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
export class Fillers {
  readonly device: Device;
  readonly kernels: Map<Chip, Kernel[]> = new Map();
  readonly #inverses = new Map<PrimeField, DeviceBuffer>();

  constructor(device: Device) {
    this.device = device;
  }

  async prepare(chip: Chip): Promise<void> {
    if (this.kernels.has(chip)) return;
    const plans = fillPlans(chip, GROUP_COLUMNS);
    const kernels = plans.map(plan => chipKernel(plan, fillOf(plan)));
    await this.device.prepare(kernels);
    this.kernels.set(chip, kernels);
    if (this.#inverses.has(chip.field)) return;
    const { inverses } = LOOKUPS.get(chip.field)!;
    const buffer = await this.device.allocate(inverses.byteLength);
    this.#inverses.set(chip.field, buffer);
    await this.device.run([{ kind: 'upload', from: inverses, to: whole(buffer) }]);
  }

  async fill(chip: Chip): Promise<Traces> {
    await this.prepare(chip);
    const { places, cells } = placesOf(widthOf(chip));
    const events = eventStructs(chip, eventCount(widthOf(chip)));
    const { slots } = LOOKUPS.get(chip.field)!;
    const made = { columns: new Uint32Array(cells), counts: new Uint32Array(slots) };
    const sizes = [events.byteLength, made.columns.byteLength, TABLES * made.counts.byteLength];
    const buffers = await Promise.all(sizes.map(bytes => this.device.allocate(bytes)));
    const [from, columns, counts] = buffers as [DeviceBuffer, DeviceBuffer, DeviceBuffer];
    const bound = [from, columns, counts, this.#inverses.get(chip.field)!].map(buffer => whole(buffer));
    const dispatches = places.flatMap(({ height, firstEvent, ...place }) => {
      const immediates = chipImmediates({
        ...place,
        firstEvent: (firstEvent * chip.event.bytes) / 4,
        tables: TABLES,
        slots,
      });
      const each = this.kernels.get(chip)!;
      return each.map((kernel): Step => ({ kind: 'dispatch', kernel, buffers: bound, threads: height, immediates }));
    });
    await this.device.run([
      { kind: 'upload', from: events, to: whole(from) },
      { kind: 'clear', range: whole(columns) },
      { kind: 'clear', range: whole(counts) },
      ...dispatches,
      { kind: 'dispatch', kernel: sumTables, buffers: [whole(counts)], threads: slots, immediates: [TABLES] },
      { kind: 'download', from: whole(columns), to: made.columns },
      { kind: 'download', from: whole(counts, made.counts.byteLength), to: made.counts },
    ]);
    for (const buffer of buffers) this.device.release(buffer);
    return made;
  }
}

/** Tests that every chip has on a GPU what it has on the host, whose fillers are compared with the oracle elsewhere. */
export function compareChips(chips: readonly Chip[]): void {
  const host = new Fillers(new CpuDevice());
  const named = chips.map(chip => [chip.name, chip] as const);

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
    });
    afterAll(() => gpu.device.close());

    it.each(named)('%s has the columns and counts of the host', async (_, chip) => {
      const [made, right] = [await gpu.fill(chip), await host.fill(chip)];
      expect(differences(chip, made, right)).toEqual([]);
      expect(Buffer.compare(Buffer.from(made.counts.buffer), Buffer.from(right.counts.buffer))).toBe(0);
    });

    it('differs in the columns that a wrong text fills', async () => {
      const chip = chips[0]!;
      await gpu.prepare(chip);
      const [kernel] = gpu.kernels.get(chip)!;
      const assignment = /columns\[c \+ (\d+)u \* stride\] = /;
      const column = Number(assignment.exec(kernel!.wgsl)?.[1]);
      const wgsl = kernel!.wgsl.replace(assignment, '$&1u ^ ');
      gpu.kernels.set(chip, [{ ...kernel!, wgsl }]);
      const found = differences(chip, await gpu.fill(chip), await host.fill(chip));
      expect(found).toEqual([`${chip.columns[chip.fixed + column]!.name} of an event`]);
    });
  });
}
