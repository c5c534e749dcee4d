/* What the example and benchmark guests stand on: Linux system calls by number, buffered output, byte moves. */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
typedef uintptr_t word;

#define NOINLINE __attribute__((noinline))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
  SYS_close = 57,
  SYS_lseek = 62,
  SYS_read = 63,
  SYS_write = 64,
  SYS_fstat = 80,
  SYS_exit = 93,
  SYS_exit_group = 94,
  SYS_gettimeofday = 169,
  SYS_brk = 214,
};

/* Result as the kernel gives it: negative errno on failure. */
long syscall3(long number, long a0, long a1, long a2);

long sys_read(int fd, void *buffer, size_t size);
long sys_write(int fd, const void *buffer, size_t size);
_Noreturn void sys_exit(int code);

/* Flushes the output buffer, then exit_group. Returning from main does the same. */
_Noreturn void finish(int code);

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int streq(const char *a, const char *b);

/* Reads a decimal number or gives `otherwise` where the argument is absent. */
u32 arg_u32(int argc, char **argv, int index, u32 otherwise);

/* Zero-filled memory from brk, 16-byte aligned, never freed. Ends the program with 111 when refused. */
void *allocate(size_t size);

void put_bytes(const void *bytes, size_t size);
void put_string(const char *s);
void flush(void);
/* %s %c %d %u %x, and %U (decimal) and %X (16 hex digits) for 64-bit values. */
void print(const char *format, ...);

/* xorshift64* would need 64-bit multiplies; xorshift32 (Marsaglia 2003, triple 13, 17, 5) is alike on RV32 and RV64. */
static inline u32 xorshift32(u32 *state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

static inline u32 rotl32(u32 x, int n) { return x << n | x >> (32 - n); }
static inline u32 rotr32(u32 x, int n) { return x >> n | x << (32 - n); }

#endif
