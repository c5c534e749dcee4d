// A guest between two segments: where it is, its memory, its streams.

import type { Program } from '../../../../codegen/program/program.ts';
import { AddressMap, type ImageByte } from '../../../../runtime/openvm/address-map.ts';
import { DEFAULT_PUBLIC_VALUES, rv32Spaces, SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import { type HostInput, OpenVmHost } from '../host.ts';

/** Upstream's memories are whole pages of the host: a guest may reveal behind its public values. */
const HOST_PAGE = 4096;

export interface VmState {
  pc: number;
  /** Instructions since the run began. */
  instructions: number;
  readonly memory: AddressMap;
  readonly host: OpenVmHost;
}

/** The bytes of a program's segments that are not zero. */
export function* imageOf({ segments }: Program): Generator<ImageByte> {
  for (const { address, fileBytes } of segments)
    for (let i = 0; i < fileBytes.length; i++) if (fileBytes[i] !== 0) yield [SPACE.memory, address + i, fileBytes[i]!];
}

/** The start of a run. */
export function initialState(program: Program, input: HostInput): VmState {
  const memory = new AddressMap(rv32Spaces(Math.ceil(DEFAULT_PUBLIC_VALUES / HOST_PAGE) * HOST_PAGE));
  for (const { address, fileBytes } of program.segments) memory.memories[SPACE.memory]!.write(address, fileBytes);
  return { pc: program.entry, instructions: 0, memory, host: new OpenVmHost(input) };
}

/** The public values of a run in that state. */
export const publicValuesOf = ({ memory }: VmState): Uint8Array =>
  memory.memories[SPACE.publicValues]!.read(0, DEFAULT_PUBLIC_VALUES);
