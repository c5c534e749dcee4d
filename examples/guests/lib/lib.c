#include "guest.h"

long sys_read(int fd, void *buffer, size_t size) { return syscall3(SYS_read, fd, (long)buffer, (long)size); }
long sys_write(int fd, const void *buffer, size_t size) { return syscall3(SYS_write, fd, (long)buffer, (long)size); }

_Noreturn void sys_exit(int code) {
  for (;;) syscall3(SYS_exit_group, code, 0, 0);
}

static char pending[512];
static size_t pending_size;

void flush(void) {
  size_t done = 0;
  while (done < pending_size) {
    long n = sys_write(1, pending + done, pending_size - done);
    if (n <= 0) break;
    done += (size_t)n;
  }
  pending_size = 0;
}

_Noreturn void finish(int code) {
  flush();
  sys_exit(code);
}

void put_bytes(const void *bytes, size_t size) {
  const char *from = bytes;
  for (size_t i = 0; i < size; i++) {
    if (pending_size == sizeof pending) flush();
    pending[pending_size++] = from[i];
  }
}

void put_string(const char *s) { put_bytes(s, strlen(s)); }

/* Long division by ten over 16-bit digits: RV32 has no 64-bit divide. */
static void put_decimal(u64 value) {
  char digits[20];
  int at = 20;
  u32 limb[4] = {(u32)value & 0xffff, (u32)value >> 16, (u32)(value >> 32) & 0xffff, (u32)(value >> 48)};
  do {
    u32 rest = 0;
    for (int i = 3; i >= 0; i--) {
      u32 part = rest << 16 | limb[i];
      limb[i] = part / 10;
      rest = part % 10;
    }
    digits[--at] = (char)('0' + rest);
  } while (limb[0] | limb[1] | limb[2] | limb[3]);
  put_bytes(digits + at, (size_t)(20 - at));
}

static void put_hex(u64 value, int digits) {
  for (int i = digits - 1; i >= 0; i--) {
    char c = "0123456789abcdef"[value >> (4 * i) & 15];
    put_bytes(&c, 1);
  }
}

void print(const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (const char *p = format; *p; p++) {
    if (*p != '%') {
      put_bytes(p, 1);
      continue;
    }
    switch (*++p) {
      case 's':
        put_string(va_arg(args, const char *));
        break;
      case 'c': {
        char c = (char)va_arg(args, int);
        put_bytes(&c, 1);
        break;
      }
      case 'd': {
        int value = va_arg(args, int);
        if (value < 0) put_bytes("-", 1);
        put_decimal(value < 0 ? 0u - (u32)value : (u32)value);
        break;
      }
      case 'u':
        put_decimal(va_arg(args, u32));
        break;
      case 'x':
        put_hex(va_arg(args, u32), 8);
        break;
      case 'U':
        put_decimal(va_arg(args, u64));
        break;
      case 'X':
        put_hex(va_arg(args, u64), 16);
        break;
      default:
        put_bytes(p, 1);
    }
  }
  va_end(args);
}

u32 arg_u32(int argc, char **argv, int index, u32 otherwise) {
  if (index >= argc) return otherwise;
  u32 value = 0;
  for (const char *p = argv[index]; *p >= '0' && *p <= '9'; p++) value = value * 10 + (u32)(*p - '0');
  return value;
}

void *allocate(size_t size) {
  static word top;
  if (!top) top = (word)syscall3(SYS_brk, 0, 0, 0);
  word start = (top + 15) & ~(word)15;
  word end = start + size;
  if ((word)syscall3(SYS_brk, (long)end, 0, 0) < end) finish(111);
  top = end;
  return (void *)start;
}
