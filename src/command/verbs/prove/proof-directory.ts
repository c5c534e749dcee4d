// The folder of a run's proofs: a file for each segment, one for the whole run, the key, and index.json.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JitExecError } from '../../../../runtime/errors.ts';
import { ownFolder, PARTIAL, unwritable, writeWhole } from '../own-folder.ts';

export const RUN_PROOF = 'run.proof';
export const KEY_FILE = 'key.json';
export const PROOF_INDEX = 'index.json';
const OUR_FILE = /^(segment-\d{6,}\.proof|run\.proof|key\.json|index\.json)(\.partial)?$/;

export const segmentProof = (index: number): string => `segment-${String(index).padStart(6, '0')}.proof`;

/** Makes the folder, or takes one of proofs. */
export function prepareProofDirectory(directory: string): void {
  ownFolder(directory, 'proof', name => OUR_FILE.test(name));
}

/** Takes away what says that a run is whole; its segments may be kept. */
export function beginProofs(directory: string): void {
  try {
    for (const name of readdirSync(directory))
      if (name === PROOF_INDEX || name === RUN_PROOF || name.endsWith(PARTIAL)) rmSync(join(directory, name));
  } catch (error) {
    throw unwritable(directory, error);
  }
}

/** A segment's file that no segment of this run has: of another one. */
export function dropOtherSegments(directory: string, segments: number): void {
  for (const name of readdirSync(directory)) {
    const index = /^segment-(\d+)\.proof$/.exec(name)?.[1];
    if (index !== undefined && Number(index) >= segments) rmSync(join(directory, name), { force: true });
  }
}

/** Writes a file so that it is there whole or not at all. @throws FILE_UNWRITABLE */
export function writeProofFile(directory: string, name: string, data: Uint8Array | string): void {
  try {
    writeWhole(directory, name, data);
  } catch (error) {
    throw unwritable(join(directory, name), error);
  }
}

/** Undefined where there is no such file. @throws FILE_UNREADABLE */
export function readProofBytes(directory: string, name: string): Uint8Array | undefined {
  const path = join(directory, name);
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new JitExecError('FILE_UNREADABLE', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
