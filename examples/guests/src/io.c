/*
 * Arguments, input, output and exit code: prints its arguments to stderr and stdout, copies standard input to standard
 * output with line numbers, and exits with argv[1] (default 0).
 */
#include "guest.h"

static int at_line_start = 1;
static u32 lines;

static NOINLINE void copy_numbered(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (at_line_start) print("%u: ", ++lines);
    at_line_start = text[i] == '\n';
    put_bytes(&text[i], 1);
  }
}

int main(int argc, char **argv) {
  static char buffer[256];
  static const char notice[] = "io: reading standard input\n";
  print("%d arguments\n", argc - 1);
  for (int i = 1; i < argc; i++) print("argv[%d] = %s\n", i, argv[i]);
  flush();
  sys_write(2, notice, sizeof notice - 1);
  for (;;) {
    long n = sys_read(0, buffer, sizeof buffer);
    if (n < 0) return 1;
    if (n == 0) break;
    copy_numbered(buffer, (size_t)n);
  }
  print("%s%u lines\n", at_line_start ? "" : "\n", lines);
  return (int)arg_u32(argc, argv, 1, 0);
}
