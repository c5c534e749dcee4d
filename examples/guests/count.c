/*
 * QEMU plugin (API version 1, QEMU 7.2) that counts executed guest instructions and writes the number to the file named
 * by its argument out=FILE. Exact for programs that end by a system call: that is where a translated block ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define API __attribute__((visibility("default")))

struct qemu_plugin_tb;
enum { ADD_U64 = 0 };
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int op, void *to, uint64_t amount);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_atexit_cb(uint64_t id, void (*)(uint64_t, void *), void *);

API int qemu_plugin_version = 1;

static uint64_t count;
static char file[4096];

static void on_block(uint64_t id, struct qemu_plugin_tb *block) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &count, qemu_plugin_tb_n_insns(block));
}

static void on_exit(uint64_t id, void *data) {
  (void)id, (void)data;
  FILE *out = fopen(file, "w");
  if (out == NULL) return;
  fprintf(out, "%llu\n", (unsigned long long)count);
  fclose(out);
}

API int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv) {
  (void)info;
  if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) return 1;
  snprintf(file, sizeof file, "%s", argv[0] + 4);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
  qemu_plugin_register_atexit_cb(id, on_exit, NULL);
  return 0;
}
