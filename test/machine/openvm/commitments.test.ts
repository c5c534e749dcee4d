// Roots of memory, and what proofs commit to, are those that OpenVM 1.4.0 says of its programs.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { extendColumn } from '../../../runtime/fields/baby-bear-ntt.ts';
import { MemoryTree } from '../../../runtime/openvm/memory-tree.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { programCommit, programTrace, provePublicValues } from '../../../src/machine/openvm/commitments.ts';
import { Preflight } from '../../../src/machine/openvm/preflight/preflight.ts';
import { initialState, publicValuesOf } from '../../../src/machine/openvm/preflight/state.ts';
import { verifyPublicValues } from '../../../src/proof/openvm/public-values.ts';
import { exeCommit } from '../../../src/proof/openvm/segments.ts';
import { TINY } from './programs.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each(Object.entries(TINY))('%s', (_name, { elf_base64, input, commitments, pure, traces, metered }) => {
  const { program } = loadGuest(new Uint8Array(Buffer.from(elf_base64, 'base64')), 'program', 'openvm');
  const inputs = input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
  const start = (): ReturnType<typeof initialState> =>
    initialState(program, { inputs, keyValues: [], stdout: () => undefined });

  it('has its program, and its commitments', () => {
    const trace = programTrace(program);
    const { cached_program_trace, program_commit, exe_commit } = commitments;
    expect(trace.length).toBe(cached_program_trace.height);
    expect(sha256(new Uint8Array(Uint32Array.from(trace.flat()).buffer))).toBe(cached_program_trace.sha256);
    const commit = programCommit(program);
    expect(commit).toEqual(program_commit);
    expect(exeCommit(commit, MemoryTree.of(start().memory).root, program.entry)).toEqual(exe_commit);
  });

  it.each(Object.entries(traces))('has roots that chain over the segments of %s', (key, { segments }) => {
    const preflight = new Preflight(program);
    const state = start();
    const tree = MemoryTree.of(state.memory);
    for (const [i, { num_insns, airs }] of segments.slice(0, 6).entries()) {
      const found = preflight.run(state, num_insns, metered[key]![i]!.heights);
      if ('kind' in found) throw new Error(found.kind);
      const { before, after, nodes } = tree.update(found.touched);
      const merkle = airs.find(({ name }) => name === 'Merkle')!;
      expect([...before, ...after]).toEqual(merkle.public_values);
      expect(2 * nodes.length).toBe(merkle.nonzero_rows);
    }
    if (segments.length > 6) return;
    expect(tree.root).toEqual(pure.final_memory_root);
    expect(MemoryTree.of(state.memory).root).toEqual(tree.root);
    const proof = provePublicValues(tree, publicValuesOf(state));
    expect(proof.commitment).toEqual(pure.user_public_values_commit);
    expect(proof.siblings).toEqual(pure.user_public_values_proof);
    verifyPublicValues(proof, tree.root);
  });
});

describe('the extension of a column', () => {
  it('has the values of its polynomial, on the coset, bits of rows reversed', () => {
    // 3 + 5x on the powers of −1: values 8 and −2; extended to 31, −31 (order 2, then with the roots of order 4 between).
    const p = 2_013_265_921;
    const [a, b, c, d] = extendColumn([8, p - 2], 1) as unknown as [number, number, number, number];
    expect([a, b]).toEqual([3 + 5 * 31, p + 3 - 5 * 31]);
    expect((c + d) % p).toBe(6);
  });
});
