// AIRs of a recorded segment by a device, as threads ask for them, against what OpenVM 1.4.0 made.

import { expect } from 'vitest';
import type { Chip } from '../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS } from '../../../codegen/chips/openvm/index.ts';
import { OPENVM_SLOTS } from '../../../codegen/chips/openvm/lookups.ts';
import { traceLayout } from '../../../runtime/columns/layout.ts';
import type { Device } from '../../../runtime/gpu/device.ts';
import { segmentService } from '../../../src/machine/openvm/gpu/airs.ts';
import { padded, SegmentEvents } from '../../../src/machine/openvm/traces/segment-events.ts';
import { lookupColumns } from '../../../src/machine/openvm/traces/segment-traces.ts';
import { REPLY, type RequestedChip, STATE } from '../../../src/tracegen/device/requests.ts';
import { digestAs, upstreamDigest } from './digests.ts';
import { TINY } from './programs.ts';
import { recordedOf, type TinySegment } from './segments.ts';

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
const widthOf = ({ columns, fixed }: Chip): number => columns.length - fixed;

interface Laid {
  readonly request: RequestedChip;
  readonly structs: Uint8Array;
  readonly chip: Chip;
}

/** Fills all AIRs with events of the first segment, and compares them and what they look up; gives their names. */
export async function expectSegment(
  device: Device,
  name: keyof typeof TINY,
  limits: string,
  takes: (air: string) => boolean = () => true,
): Promise<readonly string[]> {
  const { segment, change } = recordedOf(TINY[name], limits).next().value as TinySegment;
  const events = new SegmentEvents(segment, change);
  const laid: Laid[] = [];
  let at = 64;
  for (const chip of OPENVM_CHIPS) {
    const structs = takes(chip.name) ? events.of(chip.name) : undefined;
    if (structs === undefined || structs.length === 0) continue;
    const rows = padded(structs.length / chip.event.bytes);
    const { stride, length } = traceLayout(widthOf(chip), rows);
    const columns = align(at + structs.length);
    laid.push({
      ...{ structs, chip },
      request: { name: chip.name, events: at, eventBytes: structs.length, rows, columns, stride },
    });
    at = align(columns + 4 * length);
  }
  const memory = new SharedArrayBuffer(at);
  for (const { request, structs } of laid) new Uint8Array(memory).set(structs, request.events);
  const counts = new Uint32Array(new SharedArrayBuffer(4 * OPENVM_SLOTS));
  const reply = new Int32Array(new SharedArrayBuffer(4 * REPLY.words));
  const service = segmentService(device, {
    onFailure(error) {
      throw error;
    },
  });
  await service.serve({ memory, chips: laid.map(one => one.request), counts, reply });
  expect(reply[REPLY.state]).toBe(STATE.done);
  const told = new Map(TINY[name].traces[limits]!.segments[0]!.airs.map(air => [air.name, air]));
  for (const [i, { request, chip }] of laid.entries()) {
    expect(reply[REPLY.chips + i]).toBe(1);
    const { rows, stride, columns } = request;
    const data = new Uint32Array(memory, columns, stride * widthOf(chip));
    const made = { name: chip.name, rows, realRows: rows, width: widthOf(chip), stride, data };
    expect([chip.name, rows, digestAs(made, told.get(chip.name)!)]).toEqual([
      ...[chip.name, told.get(chip.name)!.height, upstreamDigest(told.get(chip.name)!)],
    ]);
  }
  // Of all AIRs: the tables that count what they look up are upstream's too.
  if (laid.length === [...told.keys()].length - 4)
    for (const table of lookupColumns(counts))
      expect([table.name, digestAs(table, told.get(table.name)!)]).toEqual([
        ...[table.name, upstreamDigest(told.get(table.name)!)],
      ]);
  return laid.map(({ chip }) => chip.name);
}
