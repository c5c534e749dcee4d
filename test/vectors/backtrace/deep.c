/* Calls of several kinds, and a fault at their end: a leaf without a frame, recursion, a frame of variable size. */
typedef unsigned long word;
#define NOINLINE __attribute__((noinline, noclone))

volatile word sink;

NOINLINE void poke(volatile word *at, word value) { *at = value; }

NOINLINE word fill(volatile char *buffer, word n) {
  for (word i = 0; i < n; i++) buffer[i] = (char)i;
  if (n > 20) poke((volatile word *)0x5555555500001230ul, n);
  return buffer[n / 2];
}

NOINLINE word sized(word n) {
  volatile char buffer[n + 16];
  word sum = fill(buffer, n + 16);
  return sum + buffer[0];
}

NOINLINE word again(word depth) {
  if (depth == 0) return sized(sink + 8);
  word below = again(depth - 1);
  return below + depth;
}

void finish(int code) { sink = (word)code; }

int main(void) {
  sink = 0;
  word result = again(3);
  sink = result;
  return (int)result;
}
