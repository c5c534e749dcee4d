// A SyscallHost over a map of doublewords, which keeps the trace entries it was asked to write.

import type { ArgumentIndex, SyscallHost } from '../../../src/machine/sp1/syscalls/syscalls.ts';

export class MemoryHost implements SyscallHost {
  isUnconstrained = false;
  clk = 1n;
  readonly args: bigint[] = [0n, 0n, 0n, 0n, 0n];
  readonly memory: Map<number, { clk: bigint; value: bigint }> = new Map();
  readonly entries: { clk: bigint; value: bigint }[] = [];
  readonly inputs: Uint8Array[] = [];
  readonly commitWords: Uint32Array = new Uint32Array(8);
  readonly deferredWords: Uint32Array = new Uint32Array(8);
  readonly out: Record<'stdout' | 'stderr' | 'publicValues', number[]> = { stdout: [], stderr: [], publicValues: [] };
  readonly ignored: number[] = [];

  arg(index: ArgumentIndex): bigint {
    return this.args[index]!;
  }

  address(index: ArgumentIndex): number {
    return Number(this.arg(index));
  }

  granule(address: number): { clk: bigint; value: bigint } {
    if (address % 8 !== 0) throw new Error(`misaligned access to ${address}`);
    return this.memory.get(address) ?? { clk: 0n, value: 0n };
  }

  readUnsafe(address: number, n: number, out: Int32Array): void {
    for (let i = 0; i < n; i++) {
      const old = this.granule(address + 8 * i);
      this.entries.push(old);
      out[2 * i] = Number(BigInt.asIntN(32, old.value));
      out[2 * i + 1] = Number(BigInt.asIntN(32, old.value >> 32n));
    }
  }

  read(address: number, n: number, phase: number, out: Int32Array): void {
    this.readUnsafe(address, n, out);
    for (let a = address; a < address + 8 * n; a += 8) {
      this.memory.set(a, { clk: this.clk + BigInt(phase), value: this.granule(a).value });
    }
  }

  write(address: number, n: number, phase: number, words: Int32Array): void {
    for (let i = 0; i < n; i++) {
      const value = (BigInt.asUintN(32, BigInt(words[2 * i + 1]!)) << 32n) | BigInt.asUintN(32, BigInt(words[2 * i]!));
      const entry = { clk: this.clk + BigInt(phase), value };
      this.entries.push(this.granule(address + 8 * i), entry);
      this.memory.set(address + 8 * i, entry);
    }
  }

  readBytes(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => {
      const at = address + i;
      return Number((this.granule(at - (at % 8)).value >> BigInt(8 * (at % 8))) & 0xffn);
    });
  }

  writeHint(address: number, bytes: Uint8Array): void {
    const padded = new Uint8Array(8 * (Math.floor(bytes.length / 8) + 1));
    padded.set(bytes);
    this.setBytes(address, padded);
  }

  /** Stores bytes (zero-padded to doublewords at both ends) with clk 0, as an image or a hint would. */
  setBytes(address: number, bytes: Uint8Array): void {
    const head = address % 8;
    const padded = new Uint8Array(Math.ceil((head + bytes.length) / 8) * 8);
    padded.set(bytes, head);
    const view = new DataView(padded.buffer);
    for (let i = 0; i < padded.length; i += 8) {
      this.memory.set(address - head + i, { clk: 0n, value: view.getBigUint64(i, true) });
    }
  }

  traceValue(clk: bigint, value: bigint): void {
    this.entries.push({ clk, value });
  }

  stdout(bytes: Uint8Array): void {
    this.out.stdout.push(...bytes);
  }

  stderr(bytes: Uint8Array): void {
    this.out.stderr.push(...bytes);
  }

  publicValues(bytes: Uint8Array): void {
    this.out.publicValues.push(...bytes);
  }

  ignoredWrite(fd: number): void {
    this.ignored.push(fd);
  }
}
