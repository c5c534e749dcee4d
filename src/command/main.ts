// Reads the command line, then loads the one command that was asked for.

import { readFileSync } from 'node:fs';
import yargs from 'yargs';
import { JitExecError } from '../../runtime/errors.ts';
import type { Arguments, Command } from './command.ts';
import { BENCH_OPTIONS, checkSingle, DISASM_OPTIONS, INFO_OPTIONS, RUN_OPTIONS, TRACE_OPTIONS } from './options.ts';
import { complain, isCode, writeAll } from './output.ts';
import { STATUS, STATUS_OF_ERROR } from './status.ts';

/** With yargs' own completion command a default command would run as well, so ours has another name. */
const COMPLETION_HOOK = 'print-completion-script';

const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./verbs/run.ts')).run,
  trace: async () => (await import('./verbs/trace.ts')).trace,
  bench: async () => (await import('./verbs/bench.ts')).bench,
  disasm: async () => (await import('./verbs/disasm.ts')).disasm,
  info: async () => (await import('./verbs/info.ts')).info,
};

function versionText(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return `jit-exec ${version}, Node ${process.versions.node}, V8 ${process.versions.v8}`;
}

/** The command and its arguments, or the text to print instead (help, version, completions). */
async function parse(argv: readonly string[]): Promise<{ command?: () => Promise<number>; text: string }> {
  let command: (() => Promise<number>) | undefined;
  const choose =
    (name: string) =>
    (args: object): void => {
      checkSingle({ ...args });
      const given = { ...args, argv } as unknown as Arguments;
      command = async () => (await LOADERS[name]!())(given);
    };
  const program = { describe: 'RISC-V executable (ELF)', type: 'string', demandOption: true } as const;
  const parser = yargs()
    .scriptName('jit-exec')
    .usage('$0 [run] <program.elf> [-- guest arguments]\n\nRuns RISC-V programs for zero-knowledge virtual machines.')
    .command(
      ['run <program>', '$0'],
      'Run a program (the default)',
      y =>
        y
          .positional('program', program)
          .options(RUN_OPTIONS)
          .example('$0 fib.elf --input-u64 20', 'run with one input of 8 bytes')
          .example('$0 run app.elf --json -- -v in.txt', 'pass arguments; result as JSON'),
      choose('run'),
    )
    .command(
      'trace [program]',
      'Write the minimal trace of a program, or check one',
      y =>
        y
          .positional('program', { describe: 'RISC-V executable (ELF)', type: 'string' })
          .options(TRACE_OPTIONS)
          .example('$0 trace fib.elf -o traces --input-u64 20', 'chunk files and index.json')
          .example('$0 trace --check traces', 'replay every chunk'),
      choose('trace'),
    )
    .command(
      'bench <program>',
      'Compare the interpreter with the JIT engines',
      y => y.positional('program', program).options(BENCH_OPTIONS).example('$0 bench fib.elf', 'median of 5 rounds'),
      choose('bench'),
    )
    .command(
      'disasm <program>',
      'Print the instructions of a program',
      y =>
        y
          .positional('program', program)
          .options(DISASM_OPTIONS)
          .example('$0 disasm fib.elf --function main', 'one function'),
      choose('disasm'),
    )
    .command(
      'info [program]',
      'Describe a program, or the GPU',
      y =>
        y
          .positional('program', { describe: 'RISC-V executable (ELF)', type: 'string' })
          .options(INFO_OPTIONS)
          .example('$0 info fib.elf --json', 'for scripts'),
      choose('info'),
    )
    .command(
      'completion',
      'Print a script for shell completion (bash, zsh)',
      y => y,
      () => {
        command = async () => {
          // Its types leave out the parameters.
          Reflect.apply(parser.showCompletionScript, parser, ['jit-exec', 'completion']);
          return 0;
        };
      },
    )
    .completion(COMPLETION_HOOK, false)
    .epilogue('Exit status: that of the guest; 64-76 errors, 75 guest fault, 124 limit, 130 interrupted.')
    .env('JIT_EXEC')
    .parserConfiguration({
      'populate--': true,
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
    })
    .locale('en')
    .version(versionText())
    .help()
    .alias('help', 'h')
    .wrap(100)
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      // yargs has its own class for what it refuses, also where a coerce of ours refused it.
      const isUsage = !error || error.name === 'YError' || error instanceof JitExecError;
      throw isUsage ? new JitExecError('USAGE', `${message || error.message} (see jit-exec --help)`) : error;
    });
  let text = '';
  await parser.parseAsync([...argv], {}, (_error, _args, output) => {
    text = output;
  });
  return command ? { command, text } : { text };
}

/** yargs takes only `true` for a flag from the environment; `1` is as common. */
function acceptOnes(): void {
  for (const flag of ['JSON', 'QUIET', 'REAL_TIME']) {
    if (process.env[`JIT_EXEC_${flag}`] === '1') process.env[`JIT_EXEC_${flag}`] = 'true';
  }
}

/** Does what the command line says; gives the exit status. */
export async function main(): Promise<number> {
  acceptOnes();
  try {
    const { command, text } = await parse(process.argv.slice(2));
    if (text !== '') writeAll(1, `${text}\n`);
    return text === '' && command ? await command() : 0;
  } catch (error) {
    return report(error);
  }
}

/** Says what went wrong and gives the exit status for it. */
function report(error: unknown): number {
  if (error instanceof JitExecError) {
    complain(error.message);
    return STATUS_OF_ERROR[error.code];
  }
  if (isCode(error, 'EPIPE')) return STATUS.closed;
  if (error instanceof Error && 'syscall' in error) {
    complain(`input/output failed: ${error.message}`);
    return STATUS.ioError;
  }
  complain(`this is a bug in jit-exec, please report it\n${error instanceof Error ? error.stack : String(error)}`);
  return STATUS.bug;
}
