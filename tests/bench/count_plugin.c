// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU's emulator that counts what CPUs execute between two marks of
 * the guest's program (profile.h), and to which cache lines they store meanwhile.
 *
 *   -plugin count_plugin.so,to=PATH[,stores=on]
 *
 * PATH gets, when the machine ends, lines "insns CPU ADDRESS INSTRUCTIONS TIMES" for
 * each block of code, and "store CPU ADDRESS LINE TIMES" for each storing
 * instruction and line.
 *
 * Debian's QEMU takes plugins but comes without their header, so what is used of
 * it is declared here.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define EXPORT	__attribute__((visibility("default")))

/* qemu-plugin.h */
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0, STORES = 2 };
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *data, size_t size);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*call)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*call)(unsigned int cpu, void *data),
					  int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*call)(unsigned int cpu, void *data),
					    int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*call)(unsigned int cpu, uint32_t info, uint64_t address, void *data),
				      int flags, int kind, void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*call)(uint64_t id, void *data), void *data);

/* What the functions above look like in this version of the interface, and in later ones. */
EXPORT int qemu_plugin_version = 3;

#define CPUS		8
/* A power of two. */
#define LINES		65536
#define LINE_SHIFT	6

struct block {
	struct block *next;
	uint64_t address;
	uint64_t instructions;
	uint64_t times[CPUS];
};

struct store {
	uint64_t instruction, line, times;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;
/* Each is used by one CPU's thread. */
static struct store stores[CPUS][LINES];
static bool counting[CPUS];
static bool wants_stores;
static char path[4096];

static void begin(unsigned int cpu, void *data)
{
	(void)data;
	if (cpu < CPUS)
		counting[cpu] = true;
}

static void end(unsigned int cpu, void *data)
{
	(void)data;
	if (cpu < CPUS)
		counting[cpu] = false;
}

static void executed(unsigned int cpu, void *data)
{
	struct block *block = data;

	if (cpu < CPUS && counting[cpu])
		block->times[cpu]++;
}

static void stored(unsigned int cpu, uint32_t info, uint64_t address, void *data)
{
	uint64_t instruction = (uintptr_t)data, line = address >> LINE_SHIFT;
	uint64_t hash = (instruction * 31 + line) * 0x9e3779b97f4a7c15;

	(void)info;
	if (cpu >= CPUS || !counting[cpu])
		return;
	for (size_t i = 0; i < LINES; i++) {
		struct store *store = &stores[cpu][((hash >> 40) + i) % LINES];

		if (!store->times) {
			store->instruction = instruction;
			store->line = line;
		}
		if (store->instruction == instruction && store->line == line) {
			store->times++;
			return;
		}
	}
}

static uint32_t mark_of(const struct qemu_plugin_insn *insn)
{
	unsigned char bytes[8];
	uint32_t mark;

	if (qemu_plugin_insn_data(insn, bytes, sizeof(bytes)) != sizeof(bytes) ||
	    memcmp(bytes, "\x0f\x1f\x84\x00", 4))
		return 0;
	memcpy(&mark, bytes + 4, sizeof(mark));
	return mark;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));

	(void)id;
	if (!block)
		return;
	block->address = qemu_plugin_tb_vaddr(tb);
	block->instructions = qemu_plugin_tb_n_insns(tb);
	pthread_mutex_lock(&lock);
	block->next = blocks;
	blocks = block;
	pthread_mutex_unlock(&lock);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, NO_REGISTERS, block);
	for (size_t i = 0; i < block->instructions; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		uint32_t mark = mark_of(insn);

		if (mark == PROFILE_BEGIN || mark == PROFILE_END)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, mark == PROFILE_BEGIN ? begin : end,
							       NO_REGISTERS, NULL);
		/* Those of the kernel. */
		if (wants_stores && address >> 63)
			qemu_plugin_register_vcpu_mem_cb(insn, stored, NO_REGISTERS, STORES,
							 (void *)(uintptr_t)address);
	}
}

static void report(uint64_t id, void *data)
{
	FILE *file = fopen(path, "w");

	(void)id;
	(void)data;
	if (!file) {
		perror(path);
		return;
	}
	for (struct block *block = blocks; block; block = block->next)
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			if (block->times[cpu])
				fprintf(file, "insns %u %llx %llu %llu\n", cpu, (unsigned long long)block->address,
					(unsigned long long)block->instructions,
					(unsigned long long)block->times[cpu]);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		for (size_t i = 0; i < LINES; i++)
			if (stores[cpu][i].times)
				fprintf(file, "store %u %llx %llx %llu\n", cpu,
					(unsigned long long)stores[cpu][i].instruction,
					(unsigned long long)stores[cpu][i].line << LINE_SHIFT,
					(unsigned long long)stores[cpu][i].times);
	fclose(file);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "to=", 3) == 0)
			snprintf(path, sizeof(path), "%s", argv[i] + 3);
		else if (strcmp(argv[i], "stores=on") == 0)
			wants_stores = true;
		else
			return -1;
	}
	if (!*path)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
