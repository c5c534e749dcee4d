// A plan as a picture: shards over the run with their cells by chip, and the tree of their folds below.

import type { FoldOp } from '../fold/fold-plan.ts';
import type { PlannedOther, PlannedShard } from './plan-run.ts';

const WIDTH = 1200;
const BARS = 300;
const LEVEL = 28;
const MARGIN = 20;
/** Chips that have a colour of their own; the others are one. */
const COLOURS = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#3ca951', '#ff8ab7', '#a463f2', '#97bbf5'] as const;
const OTHERS = '#9498a0';

const escaped = (text: string): string => text.replace(/[&<>"]/g, letter => `&#${letter.charCodeAt(0)};`);

interface Picture {
  readonly title: string;
  readonly shards: readonly PlannedShard[];
  readonly others: readonly PlannedOther[];
  readonly fold: readonly FoldOp[];
  /** Columns of each chip. */
  readonly columns: ReadonlyMap<string, number>;
}

interface Bar {
  readonly x: number;
  readonly width: number;
}

/** Part of the width for shards that are of no time: those of calls and of memory, behind the run. */
const OTHER_SHARE = 0.2;

/** Core shards over the run, the others beside each other behind it. */
function barsOf({ shards, others }: Picture): readonly Bar[] {
  const width = WIDTH - 2 * MARGIN;
  const run = others.length === 0 ? width : (1 - OTHER_SHARE) * width;
  const scale = run / shards.at(-1)!.end;
  const each = (width - run) / Math.max(1, others.length);
  return [
    ...shards.map(({ start, end }): Bar => ({ x: MARGIN + start * scale, width: (end - start) * scale })),
    ...others.map((_, i): Bar => ({ x: MARGIN + run + i * each, width: each })),
  ];
}

/** An SVG document. */
export function planPicture(picture: Picture): string {
  const { title, shards, others, fold } = picture;
  const bars = barsOf(picture);
  const chips = largestChips(picture);
  const tree = foldLines(fold, bars);
  const height = BARS + 2 * MARGIN + 40 + tree.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title><rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="${MARGIN}" y="16">${escaped(title)}</text>`,
    ...chips.map((name, i) => `<text x="${MARGIN + i * 130}" y="34" fill="${COLOURS[i]}">■ ${escaped(name)}</text>`),
    ...shards.flatMap((shard, i) =>
      barOf(shard, `shard ${i}: instructions ${shard.start} to ${shard.end}`, bars[i]!, chips, picture),
    ),
    ...others.flatMap((shard, i) =>
      barOf(shard, `shard ${shards.length + i}: ${shard.kind}`, bars[shards.length + i]!, chips, picture),
    ),
    ...tree.lines,
    '</svg>\n',
  ].join('\n');
}

/** By their cells in all shards. */
function largestChips({ shards, others, columns }: Picture): readonly string[] {
  const cells = new Map<string, number>();
  for (const { chips } of [...shards, ...others])
    for (const { name, rows } of chips) cells.set(name, (cells.get(name) ?? 0) + rows * columns.get(name)!);
  return [...cells]
    .sort((a, b) => b[1] - a[1])
    .slice(0, COLOURS.length)
    .map(([name]) => name);
}

function barOf(
  { chips, cells }: Pick<PlannedShard, 'chips' | 'cells'>,
  title: string,
  bar: Bar,
  named: readonly string[],
  picture: Picture,
): string[] {
  const most = Math.max(...[...picture.shards, ...picture.others].map(shard => shard.cells));
  let y = 40 + BARS;
  const piece = (size: number, colour: string): string => {
    const height = (size / most) * (BARS - 20);
    y -= height;
    return `<rect x="${bar.x.toFixed(2)}" y="${y.toFixed(2)}" width="${Math.max(0.5, bar.width - 0.5).toFixed(2)}" height="${height.toFixed(2)}" fill="${colour}"/>`;
  };
  const cellsOf = (name: string): number =>
    (chips.find(chip => chip.name === name)?.rows ?? 0) * picture.columns.get(name)!;
  const own = named.map(cellsOf);
  const rest = cells - own.reduce((all, size) => all + size, 0);
  return [
    `<g><title>${title}, ${cells} cells</title>`,
    ...own.map((size, i) => piece(size, COLOURS[i]!)),
    piece(rest, OTHERS),
    '</g>',
  ];
}

function foldLines(
  fold: readonly FoldOp[],
  bars: readonly Bar[],
): { readonly lines: string[]; readonly height: number } {
  const places: { x: number; level: number }[] = [];
  const lines: string[] = [];
  const top = 40 + BARS + 8;
  const yOf = (level: number): number => top + level * LEVEL;
  for (const op of fold) {
    if (op.kind === 'leaf') {
      const { x, width } = bars[op.shard]!;
      places.push({ x: x + width / 2, level: 0 });
      continue;
    }
    const children = op.children.map(child => places[child]!);
    const level = 1 + Math.max(...children.map(child => child.level));
    const x = children.reduce((all, child) => all + child.x, 0) / children.length;
    for (const child of children)
      lines.push(
        `<line x1="${child.x.toFixed(1)}" y1="${yOf(child.level)}" x2="${x.toFixed(1)}" y2="${yOf(level)}" stroke="#666"/>`,
      );
    lines.push(`<circle cx="${x.toFixed(1)}" cy="${yOf(level)}" r="3"/>`);
    places.push({ x, level });
  }
  return { lines, height: (1 + Math.max(...places.map(({ level }) => level))) * LEVEL };
}
