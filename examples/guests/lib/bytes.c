/* Byte moves, compiled with -fno-tree-loop-distribute-patterns so that they do not become calls of themselves. */
#include "guest.h"

typedef word __attribute__((may_alias)) chunk;

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  u8 *d = to;
  const u8 *s = from;
  if ((((word)d | (word)s) & (sizeof(chunk) - 1)) == 0)
    for (; size >= sizeof(chunk); size -= sizeof(chunk), d += sizeof(chunk), s += sizeof(chunk))
      *(chunk *)d = *(const chunk *)s;
  while (size--) *d++ = *s++;
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  u8 *d = to;
  const u8 *s = from;
  if (d <= s || d >= s + size) {
    while (size--) *d++ = *s++;
  } else {
    while (size--) d[size] = s[size];
  }
  return to;
}

void *memset(void *to, int byte, size_t size) {
  u8 *d = to;
  const word fill = (word)(u8)byte * ((word)-1 / 255);
  if (((word)d & (sizeof(chunk) - 1)) == 0)
    for (; size >= sizeof(chunk); size -= sizeof(chunk), d += sizeof(chunk)) *(chunk *)d = fill;
  while (size--) *d++ = (u8)byte;
  return to;
}

int memcmp(const void *a, const void *b, size_t size) {
  const u8 *x = a, *y = b;
  for (size_t i = 0; i < size; i++)
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  return 0;
}

size_t strlen(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

int streq(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}
