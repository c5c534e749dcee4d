// The source of one function of about 5000 instructions, from a fixed seed: straight-line arithmetic on eight
// variables, broken by data-dependent branches and short loops, as unrolled or generated code looks.

const VARIABLES = 8;
const STATEMENTS = 1300;

function makeRandom(seed) {
  let x = seed;
  return below => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** Two different variables: GCC rightly warns of a comparison with itself. */
function distinct(random) {
  const first = random(VARIABLES);
  return [`v${first}`, `v${(first + 1 + random(VARIABLES - 1)) % VARIABLES}`];
}

function statement(random) {
  const v = () => `v${random(VARIABLES)}`;
  const a = v();
  const [p, q] = distinct(random);
  switch (random(10)) {
    case 0:
      return `${a} += ${v()} * ${v()};`;
    case 1:
      return `${a} ^= rotl32(${v()}, ${1 + random(31)});`;
    case 2:
      return `${a} -= ${v()} >> ${1 + random(31)};`;
    case 3:
      return `if (${p} < ${q}) ${a} += ${random(1 << 30)}u; else ${a} ^= ${v()};`;
    case 4:
      return `if (${v()} & ${1 << random(12)}) ${a} = ~${a};`;
    case 5:
      return `table[${v()} & 255] += ${v()};`;
    case 6:
      return `${a} ^= table[${v()} & 255];`;
    case 7:
      return `${a} = (${a} & ${v()}) + (${v()} | ${random(2048)});`;
    case 8:
      return `${a} += (i32)${p} < (i32)${q};`;
    default:
      return `${a} = ${a} * 33 + ${v()};`;
  }
}

/** C source, the same on every run. */
export function bigfuncSource() {
  const random = makeRandom(20261121);
  const names = Array.from({ length: VARIABLES }, (_, i) => `v${i}`);
  const body = [];
  for (let i = 0; i < STATEMENTS; i++) {
    const text = statement(random);
    body.push(i % 100 === 50 ? `for (u32 n = 0; n < (v${random(VARIABLES)} & 7); n++) { ${text} }` : text);
  }
  return `/* Made by bigfunc.mjs. One function of about 5000 instructions, called argv[1] times. */
#include "guest.h"

static u32 table[256];

NOINLINE u32 big(u32 seed) {
  u32 ${names.map((name, i) => `${name} = seed + ${i}u * 0x9e3779b9u`).join(', ')};
  ${body.join('\n  ')}
  return ${names.join(' ^ ')};
}

int main(int argc, char **argv) {
  u32 calls = arg_u32(argc, argv, 1, 100000);
  u32 sum = 1;
  for (u32 i = 0; i < calls; i++) sum = rotl32(sum, 7) ^ big(sum + i);
  print("bigfunc %x\\n", sum);
  return 0;
}
`;
}
