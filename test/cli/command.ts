// Runs the built command as a user would.

import { spawn, spawnSync } from 'node:child_process';
import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const CLI: string = fileURLToPath(new URL('../../dist/cli/cli.js', import.meta.url));

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).href;

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The tests must not depend on what the person who runs them has set. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(JIT_EXEC|NODE_OPTIONS|FORCE_COLOR)/.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

export function jitExec(
  args: readonly string[],
  {
    stdin = '',
    env = {},
  }: { readonly stdin?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Outcome {
  const options = {
    input: stdin,
    encoding: 'utf8',
    env: environment(env),
    timeout: 50_000,
    maxBuffer: 2 ** 28,
  } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], options);
  return { status, stdout, stderr };
}

/**
 * What the command does in this process, with `extra` in the environment: a tenth of the time that starting it takes. For what
 * writes from the main thread only, and reads no standard input.
 */
export async function jitExecHere(
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { main } = (await import(MAIN)) as { readonly main: () => Promise<number> };
  const written = ['', '', ''];
  const { writeSync } = fs;
  const { argv, env } = process;
  const capture = (descriptor: number, data: Uint8Array, ...where: [number?]): number => {
    if (descriptor !== 1 && descriptor !== 2) return writeSync(descriptor, data, ...where);
    const bytes = data.subarray(where[0] ?? 0);
    written[descriptor] += Buffer.from(bytes).toString();
    return bytes.length;
  };
  const put = (to: typeof writeSync): void => {
    fs.writeSync = to;
    syncBuiltinESMExports();
  };
  put(capture as typeof writeSync);
  process.argv = [process.execPath, CLI, ...args];
  process.env = environment(extra);
  try {
    return { status: await main(), stdout: written[1]!, stderr: written[2]! };
  } finally {
    put(writeSync);
    process.argv = argv;
    process.env = env;
  }
}

export interface Running {
  /** Sends a signal once the command has written something. */
  readonly signalAfterOutput: (signal: NodeJS.Signals) => void;
  /** Sends a signal once the command has said something on standard error. */
  readonly signalAfterError: (signal: NodeJS.Signals, words: string) => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly closeStdout: () => void;
  readonly outcome: Promise<Outcome>;
}

/** Starts the command with a stdin that stays open. */
export function startJitExec(args: readonly string[]): Running {
  const child = spawn(process.execPath, [CLI, ...args], { env: environment({}), stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', data => {
    stdout += data;
  });
  child.stderr.on('data', data => {
    stderr += data;
  });
  child.stdin.on('error', () => {});
  return {
    signalAfterOutput: signal => {
      child.stdout.once('data', () => child.kill(signal));
    },
    signalAfterError: (signal, words) => {
      const listen = (): void => {
        if (!stderr.includes(words)) return;
        child.stderr.off('data', listen);
        child.kill(signal);
      };
      child.stderr.on('data', listen);
    },
    signal: signal => void child.kill(signal),
    closeStdout: () => child.stdout.destroy(),
    outcome: new Promise(resolve => child.on('close', status => resolve({ status, stdout, stderr }))),
  };
}

/** A folder that is removed after the tests of the file; returns a writer that gives the path of the file written. */
export function scratch(): (name: string, bytes: Uint8Array | string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'jit-exec-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
}

export function guest(name: string): string {
  return fileURLToPath(new URL(`../../examples/guests/bin/${name}.elf`, import.meta.url));
}
