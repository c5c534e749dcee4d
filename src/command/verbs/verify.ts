// `jit-exec verify`: whether proofs that OpenVM 1.4 made hold.

import { readFileSync, statSync } from 'node:fs';
import { JitExecError } from '../../../runtime/errors.ts';
import type { TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import { hashFast } from '../../machine/openvm/permutation.ts';
import {
  type ContinuationProof,
  decodeContinuationProof,
  verifyContinuation,
} from '../../proof/openvm/continuation.ts';
import { verifySegments } from '../../proof/openvm/segments.ts';
import { decodeProof, encodeProof } from '../../proof/stark/codec.ts';
import type { VerifyingKey } from '../../proof/stark/key.ts';
import { readVerifyingKey } from '../../proof/stark/key-json.ts';
import type { FriParameters, Proof } from '../../proof/stark/proof.ts';
import { proofFromJson } from '../../proof/stark/proof-json.ts';
import { verifyProof } from '../../proof/stark/verify.ts';
import type { Arguments } from '../command.ts';
import { readProofInput } from '../input.ts';
import { complain, writeAll } from '../output.ts';
import { RUN_PROOF, readProofBytes, segmentProof } from './prove/proof-directory.ts';

/** From the folder of the built command. */
export const SHIPPED_KEY: URL = new URL('../../src/proof/keys/openvm-1.4.0-rv32im.json', import.meta.url);

/** Five hundred segments. */
const MOST_PROOF_BYTES = 2 ** 30;
const MOST_KEY_BYTES = 2 ** 26;

interface Verified {
  readonly proofs: number;
  /** Of a whole run. */
  readonly exeCommit?: string;
  readonly finalMemoryRoot?: string;
  /** Those that the guest revealed, where the file proves them: one byte each, hexadecimal. */
  readonly publicValues?: string;
}

export function verify(args: Arguments): number {
  hashFast();
  const files = args.proofs as readonly string[];
  const key = args.key === undefined ? shippedKey() : keyOf(args.key as string);
  const parameters: FriParameters = {
    logBlowup: args['log-blowup'] as number,
    queries: args.queries as number,
    powBits: args['pow-bits'] as number,
    logUpPowBits: args['log-up-pow-bits'] as number,
  };
  const start = performance.now();
  const verified = check(files, key, parameters, args);
  const seconds = Number(((performance.now() - start) / 1000).toFixed(3));
  const securityBits = parameters.queries * parameters.logBlowup + parameters.powBits;
  if (args.json) writeAll(1, `${JSON.stringify({ schema: 1, valid: true, ...verified, securityBits, seconds })}\n`);
  else if (!args.quiet) complain(describe(verified, securityBits, seconds));
  return 0;
}

function check(files: readonly string[], key: VerifyingKey, parameters: FriParameters, args: Arguments): Verified {
  const read = files.map(readProofFile);
  const whole = read.find(one => 'segments' in one);
  if (whole !== undefined && read.length > 1)
    throw new JitExecError('USAGE', 'verify: the proof of a whole run stands alone; give it without other files');
  if (args.each) {
    if (whole !== undefined)
      throw new JitExecError('USAGE', '--each: the file is the proof of a whole run, leave it out');
    for (const proof of read as Proof[]) verifyProof(key, proof, parameters);
    return { proofs: read.length };
  }
  const run =
    whole === undefined ? verifySegments(key, read as Proof[], parameters) : verifyContinuation(key, whole, parameters);
  expectCommit(args['exe-commit'], run.exeCommit);
  return {
    proofs: whole?.segments.length ?? read.length,
    exeCommit: digestHex(run.exeCommit),
    finalMemoryRoot: digestHex(run.finalMemoryRoot),
    ...(whole && { publicValues: Buffer.from(whole.publicValues.publicValues).toString('hex') }),
  };
}

/** JSON, or the SDK's encoding of one proof or of a whole run: both start with a small number, and only one of them fits. */
function readProofFile(path: string): Proof | ContinuationProof {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return readProofFolder(path);
  const bytes = readProofInput(path, MOST_PROOF_BYTES);
  try {
    if (bytes[0] === '{'.charCodeAt(0)) return proofFromJson(new TextDecoder().decode(bytes));
    return binaryProof(bytes);
  } catch (error) {
    if (!(error instanceof JitExecError)) throw error;
    throw new JitExecError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** The proof of the whole run in a folder of `prove`; its segments' files must say the same. */
function readProofFolder(directory: string): ContinuationProof {
  const bytes = readProofBytes(directory, RUN_PROOF);
  if (bytes === undefined)
    throw new JitExecError(
      'PROOF_INVALID',
      `${directory}: no ${RUN_PROOF}: not all of a run was proved; prove it again`,
    );
  const run = decodeContinuationProof(bytes);
  for (const [index, segment] of run.segments.entries()) {
    const file = segmentProof(index);
    const alone = readProofBytes(directory, file);
    if (alone !== undefined && Buffer.compare(alone, encodeProof(segment)) !== 0)
      throw new JitExecError('PROOF_INVALID', `${directory}: ${file} is another proof than that in ${RUN_PROOF}`);
  }
  return run;
}

function binaryProof(bytes: Uint8Array): Proof | ContinuationProof {
  try {
    return decodeProof(bytes);
  } catch (error) {
    try {
      return decodeContinuationProof(bytes);
    } catch {
      throw error;
    }
  }
}

const shippedKey = (): VerifyingKey => readVerifyingKey(readFileSync(SHIPPED_KEY, 'utf8'));

function keyOf(path: string): VerifyingKey {
  const bytes = readProofInput(path, MOST_KEY_BYTES);
  if (bytes[0] !== '{'.charCodeAt(0))
    throw new JitExecError(
      'ELF_UNSUPPORTED',
      `${path}: keys are read as JSON (serde_json of the verifying key), not as bitcode`,
    );
  return readVerifyingKey(new TextDecoder().decode(bytes));
}

/** Words in order, 8 hexadecimal digits each. */
export const digestHex = (digest: TreeDigest): string =>
  digest.map(word => word.toString(16).padStart(8, '0')).join('');

function expectCommit(wanted: unknown, found: TreeDigest): void {
  if (wanted === undefined) return;
  if (!/^(0x)?[\da-f]{64}$/i.test(String(wanted)))
    throw new JitExecError('USAGE', `--exe-commit: expected 64 hexadecimal digits, got ${String(wanted)}`);
  if (String(wanted).replace(/^0x/i, '').toLowerCase() !== digestHex(found))
    throw new JitExecError('PROOF_INVALID', `the proof is of another program: its commitment is ${digestHex(found)}`);
}

function describe({ proofs, exeCommit, publicValues }: Verified, securityBits: number, seconds: number): string {
  const what = `${proofs} proof${proofs === 1 ? '' : 's'} verified in ${seconds.toFixed(3)} s, ${securityBits} bits`;
  return [what, exeCommit && `exe commit ${exeCommit}`, publicValues && `public values ${publicValues}`]
    .filter(Boolean)
    .join('; ');
}
