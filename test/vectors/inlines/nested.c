/* Functions inlined in one another: three deep, in a loop, twice in one function, in parts that lie apart; and a fault inside. */
typedef unsigned long word;
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline, noclone))

volatile word sink;

INLINE word mix(word a, word b) {
  a ^= b << 7;
  a *= 0x9e3779b97f4a7c15ul;
  return a ^ (a >> 29);
}

NOINLINE word outside(word n) { return n * 3 + sink; }

INLINE word round(word state, word n) {
  for (word i = 0; i < 4; i++) state = mix(state, n + i);
  if (state == 7) sink = state;
  return state;
}

INLINE word store(volatile word *at, word value) {
  *at = value;
  return *at + outside(value);
}

INLINE word step(word state, word n) {
  state = round(state, n);
  if (__builtin_expect(n > 900, 0)) state += store((volatile word *)0x5555555500001230ul, n);
  return state + outside(n);
}

NOINLINE word work(word n) {
  word state = mix(n, 1);
  for (word i = 0; i < n; i++) state = step(state, i);
  return mix(state, 2);
}

NOINLINE word first(void) { return work(20) + mix(sink, 5); }
NOINLINE word second(void) { return round(work(3), 11); }

void finish(int code) { sink = (word)code; }

int main(void) {
  word result = first() + second();
  sink = result;
  return (int)work(1000);
}
