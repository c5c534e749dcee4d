// Guests of OpenVM by the command.

import { describe, expect, it } from 'vitest';
import { elfOf, TINY } from '../machine/openvm/programs.ts';
import { jitExec, jitExecHere, scratch } from './command.ts';

const write = scratch();
const { elf_base64, input, pure } = TINY['tiny-ops'];
const tinyOps = write('tiny-ops.elf', new Uint8Array(Buffer.from(elf_base64, 'base64')));
const inputs = input.flatMap(({ hex }) => ['--input-hex', hex]);

describe('a guest of OpenVM', () => {
  it('is recognised, runs and gives its public values', () => {
    const { status, stdout, stderr } = jitExec([tinyOps, '--json', '--quiet', ...inputs]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'hi\n' });
    expect(JSON.parse(stdout)).toMatchObject({
      machine: 'openvm',
      exit: { kind: 'halted', code: 0 },
      instructions: pure.instret,
      publicValues: pure.user_public_values,
      syscalls: { hint_input: 2, print_str: 1, reveal: 3 },
    });
  });

  it('ends by the name of the error', () => {
    const { status, stderr } = jitExec([tinyOps, '--input-hex', '00']);
    expect(status).toBe(75);
    expect(stderr).toMatch(/fewer bytes in the hint stream than are taken/);
  });

  it('is shown as RISC-V and as OpenVM has it', async () => {
    const { status, stdout } = await jitExecHere(['disasm', tinyOps, '--from', '0x200800', '--to', '0x20080c']);
    expect(status).toBe(0);
    const lines = stdout.trim().split('\n').slice(1);
    expect(lines.map(line => line.trim().replace(/ {2,}/g, '  '))).toEqual([
      '0x200800: 002012b7  lui t0,0x201  LUI 20 0 513 1 0 1 0',
      '0x200804: fff00313  addi t1,zero,-1  ADD 24 0 16777215 1 0 0 0',
      '0x200808: 12300393  addi t2,zero,291  ADD 28 0 291 1 0 0 0',
    ]);
  });

  it('loads hints by key', () => {
    // x1 = data; x2 = 1; hint_load_by_key x1, x2; terminate
    const guest = write('by-key.elf', elfOf([0x0020_10b7, 0x0010_0113, 0x0031_308b, 0x0b]));
    const value = write('value.bin', new Uint8Array(4));
    expect(jitExec([guest, '--kv', `ff=${value}`]).status).toBe(0);
    expect(jitExec([guest]).stderr).toContain(
      'phantom instruction failed (phantom 35: Rv32HintLoadByKey: key not found) at pc 0x200808',
    );
    expect(jitExec([guest, '--kv', 'x']).stderr).toContain('--kv: expected KEYHEX=FILE');
  });

  it('has no minimal trace', async () => {
    const { status, stderr } = await jitExecHere(['trace', tinyOps, '-o', 'nowhere']);
    expect(status).toBe(76);
    expect(stderr).toContain('openvm guests have no minimal trace');
  });
});
