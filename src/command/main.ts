// Reads the command line, then loads the one command that was asked for.

import yargs, { type Argv } from 'yargs';
import { JitExecError } from '../../runtime/errors.ts';
import { VERSION } from '../version.ts';
import { fromEnvironment } from './arguments/environment.ts';
import { tidyHelp } from './arguments/help.ts';
import { COMMAND_OPTIONS, checkSingle } from './arguments/options.ts';
import { commandOf, usageText } from './arguments/usage.ts';
import type { Arguments, Command } from './command.ts';
import { reported } from './failures.ts';
import { writeAll } from './output.ts';
import { STATUS_OF_ERROR } from './status.ts';
import { checkStdinOnce } from './stdin-once.ts';

/** What the script that `completion` prints calls the command with. */
const COMPLETING = '--get-yargs-completions';
/** With yargs' own completion command a default command would run as well, so ours has another name. */
const COMPLETION_HOOK = 'print-completion-script';

/** Arguments that may be `-`, standard input. */
const PATHS: readonly string[] = ['program', 'list', 'before', 'after'];

const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./verbs/run/run.ts')).run,
  trace: async () => (await import('./verbs/trace/trace.ts')).trace,
  cost: async () => (await import('./verbs/cost.ts')).cost,
  bench: async () => (await import('./verbs/bench.ts')).bench,
  disasm: async () => (await import('./verbs/disasm.ts')).disasm,
  info: async () => (await import('./verbs/info.ts')).info,
  work: async () => (await import('./verbs/plan/work.ts')).work,
  worker: async () => (await import('./verbs/plan/worker.ts')).worker,
  store: async () => (await import('./verbs/plan/store.ts')).store,
  profile: async () => (await import('./verbs/plan/profile.ts')).profile,
  plan: async () => (await import('./verbs/plan/plan.ts')).plan,
  batch: async () => (await import('./verbs/batch.ts')).batch,
  diff: async () => (await import('./verbs/diff.ts')).diff,
  prove: async () => (await import('./verbs/prove/prove.ts')).prove,
  verify: async () => (await import('./verbs/verify.ts')).verify,
};

function versionText(): string {
  return `jit-exec ${VERSION}, Node ${process.versions.node}, V8 ${process.versions.v8}`;
}

interface Parsed {
  readonly command?: () => Promise<number>;
  /** What `command` is given. */
  readonly given?: Arguments;
  readonly text: string;
}

/** The command and its arguments, or the text to print instead (help, version, completions). */
export async function parse(argv: readonly string[]): Promise<Parsed> {
  let command: (() => Promise<number>) | undefined;
  let given: Arguments | undefined;
  const choose =
    (name: string) =>
    (args: object): void => {
      checkSingle({ ...args });
      // yargs takes a lone dash for an empty word.
      const empty = Object.entries(args).filter(([name, value]) => PATHS.includes(name) && value === '');
      const dashes = argv.includes('-') ? Object.fromEntries(empty.map(([name]) => [name, '-'])) : {};
      // yargs makes numbers of the guest's arguments: 16 of 0x10.
      const rest = argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : [];
      const all = { ...args, ...dashes, ...(rest.length === 0 ? {} : { '--': rest }), argv } as unknown as Arguments;
      checkStdinOnce(all);
      given = all;
      command = async () => (await LOADERS[name]!())(all);
    };
  const withOptions = (y: Argv, name: string): Argv => {
    const options = COMMAND_OPTIONS[name]!;
    return y.options(options).config(fromEnvironment(options));
  };
  const program = { describe: 'RISC-V executable (ELF)', type: 'string', demandOption: true } as const;
  const parser = yargs()
    .scriptName('jit-exec')
    .usage('$0 [run] <program.elf> [-- guest arguments]\n\nRuns RISC-V programs for zero-knowledge virtual machines.')
    .command(
      ['run <program>', '$0'],
      'Run a program (the default)',
      y =>
        withOptions(y.positional('program', program), 'run')
          .example('$0 fib.elf --input-u64 20', 'run with one input of 8 bytes')
          .example('$0 run app.elf --json -- -v in.txt', 'pass arguments; result as JSON'),
      choose('run'),
    )
    .command(
      'trace [program]',
      'Write the minimal trace of a program, or check one',
      y =>
        withOptions(y.positional('program', { describe: 'RISC-V executable (ELF)', type: 'string' }), 'trace')
          .example('$0 trace fib.elf -o traces --input-u64 20', 'chunk files and index.json')
          .example('$0 trace fib.elf -o traces --until traces --verify', 'columns of shards or segments, checked')
          .example('$0 trace --check traces', 'replay every chunk'),
      choose('trace'),
    )
    .command(
      'cost <program>',
      'What a proof would cost: shards, rows, cells, gas (sp1); segments, rows, cells (openvm)',
      y =>
        withOptions(y.positional('program', program), 'cost')
          .example('$0 cost fib.elf --input-u64 20', 'chips, functions and spans')
          .example('$0 cost fib.elf --json', 'for scripts'),
      choose('cost'),
    )
    .command(
      'bench <program>',
      'Compare the interpreter with the JIT engines',
      y => withOptions(y.positional('program', program), 'bench').example('$0 bench fib.elf', 'median of 5 rounds'),
      choose('bench'),
    )
    .command(
      'disasm <program>',
      'Print the instructions of a program',
      y =>
        withOptions(y.positional('program', program), 'disasm').example(
          '$0 disasm fib.elf --function main',
          'one function',
        ),
      choose('disasm'),
    )
    .command(
      'info [program]',
      'Describe a program, or the GPU',
      y =>
        withOptions(y.positional('program', { describe: 'RISC-V executable (ELF)', type: 'string' }), 'info').example(
          '$0 info fib.elf --json',
          'for scripts',
        ),
      choose('info'),
    )
    .command(
      'work <plan> <program>',
      'Run a plan into a store: reuse what is there, fold',
      y =>
        withOptions(
          y
            .positional('plan', { describe: 'File of jit-exec plan -o', type: 'string', demandOption: true })
            .positional('program', program),
          'work',
        ).example('$0 work app.plan app.elf --store DIR', 'again after a crash: what is there is not made twice'),
      choose('work'),
    )
    .command(
      'worker',
      'Do jobs of work --queue',
      y =>
        withOptions(y, 'worker').example(
          '$0 worker --queue redis://127.0.0.1:6379 --store DIR',
          'until it is interrupted; with --drain until there are no jobs',
        ),
      choose('worker'),
    )
    .command(
      'store <action> <directory>',
      'List, verify or collect the artefacts of a store',
      y =>
        withOptions(
          y
            .positional('action', { choices: ['list', 'verify', 'gc'], type: 'string', demandOption: true })
            .positional('directory', { describe: 'The store', type: 'string', demandOption: true }),
          'store',
        ),
      choose('store'),
    )
    .command(
      'profile <action> [files..]',
      'Costs by slice, for plans (call stacks: run --profile)',
      y =>
        withOptions(
          y
            .positional('action', { choices: ['run', 'show', 'merge'], type: 'string', demandOption: true })
            .positional('files', { describe: 'Program, or profiles', type: 'string', array: true }),
          'profile',
        )
          .example('$0 profile run app.elf -o app.jxprof', 'what each slice of a run costs')
          .example('$0 profile merge a.jxprof b.jxprof -o ab.jxprof', 'runs of one program'),
      choose('profile'),
    )
    .command(
      'plan <program>',
      'Shards or segments of a run, or shards of a batch',
      y =>
        withOptions(
          y.positional('program', { describe: 'Program, profile or manifest', type: 'string', demandOption: true }),
          'plan',
        )
          .example('$0 plan app.elf --ram 8G -o app.plan', 'shards of a run of SP1 for 8 GiB')
          .example('$0 plan env.ixprof --ram 128G -o env.ixes', 'shards of a batch, as many as 128 GiB ask for')
          .example('$0 plan guest.elf --max-rows 1M', 'segments of an OpenVM guest')
          .example('$0 plan env.ixprof --shards 8 --json', 'eight, balanced'),
      choose('plan'),
    )
    .command(
      'prove <program>',
      'Prove a run of an OpenVM guest, segment by segment',
      y =>
        withOptions(y.positional('program', { describe: 'Executable', type: 'string', demandOption: true }), 'prove')
          .example('$0 prove guest.elf -o proofs --input data.bin', 'again: goes on where it was stopped')
          .example('$0 verify proofs', 'whether they hold'),
      choose('prove'),
    )
    .command(
      'verify <proofs..>',
      'Verify proofs made by OpenVM 1.4, or by prove',
      y =>
        withOptions(
          y.positional('proofs', {
            describe: 'Folder of prove, or proof files: JSON, or as the SDK writes them',
            type: 'string',
            array: true,
          }),
          'verify',
        ).example('$0 verify run.proof --json', 'a whole run, or its segments as several files'),
      choose('verify'),
    )
    .command(
      'batch <list>',
      'Run many programs or inputs, a line of JSON each',
      y =>
        withOptions(
          y.positional('list', { describe: 'A line of JSON for each run (- is stdin)', type: 'string' }),
          'batch',
        ).example('$0 batch fixtures.jsonl > report.jsonl', '{"name":"a","program":"x.elf","inputs":["a.bin"]}'),
      choose('batch'),
    )
    .command(
      'diff <before> <after>',
      'Compare two results of --json, exactly',
      y =>
        withOptions(
          y
            .positional('before', { describe: 'JSON of run, cost, trace or batch', type: 'string' })
            .positional('after', { describe: 'The same, later', type: 'string' }),
          'diff',
        ).example('$0 diff main.json pr.json --threshold 1', 'status 1 where a total grew by more than 1 %'),
      choose('diff'),
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
    .epilogue('Exit status: that of the guest; 64-77 errors, 75 guest fault, 124 limit, 130 interrupted.')
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
      if (!isUsage) throw error;
      const text = usageText(message || error.message, argv, COMMAND_OPTIONS);
      throw new JitExecError('USAGE', `${text} (see jit-exec --help)`);
    });
  let text = '';
  await parser.parseAsync([...argv], {}, (_error, _args, output) => {
    text = tidyHelp(output, COMMAND_OPTIONS[commandOf(argv, COMMAND_OPTIONS)]!);
  });
  return { text, ...(command === undefined ? {} : { command }), ...(given === undefined ? {} : { given }) };
}

/** Does what the command line says; gives the exit status. */
export const main = (): Promise<number> => reported(process.argv.slice(2), () => answer(process.argv.slice(2)));

async function answer(argv: readonly string[]): Promise<number> {
  if (argv[0] === COMPLETING) {
    const { completions } = await import('./arguments/complete.ts');
    // The first word is the command's own name.
    for (const text of await completions(argv.slice(2), COMMAND_OPTIONS)) writeAll(1, `${text}\n`);
    return 0;
  }
  if (argv.length === 0) {
    writeAll(2, `${(await parse(['--help'])).text}\n`);
    return STATUS_OF_ERROR.USAGE;
  }
  const { command, text } = await parse(argv);
  if (text !== '') writeAll(1, `${text}\n`);
  return text === '' && command ? await command() : 0;
}
