/* SPDX-License-Identifier: BSD-3-Clause */
/* mem_guard.c - see mem_guard.h.
 *
 * The handler may interrupt anything, so the table is an array that is never
 * moved, and an entry is in force while its `lost` pointer is set. Everything
 * the handler calls is async-signal-safe (mmap is a plain system call).
 */
#include "glue/mem_guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

/* 512 ports of eight regions. */
#define GUARDED_MAX 4096

struct guarded {
	_Atomic(_Atomic bool *) lost; /* NULL: free */
	uintptr_t base;
	size_t size;
};

static struct guarded guarded[GUARDED_MAX];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static void die_of(int signal_number)
{
	signal(signal_number, SIG_DFL); /* the access is made again, and kills */
}

static bool replace(const struct guarded *entry, _Atomic bool *lost)
{
	void *base = (void *)entry->base;
	void *empty = mmap(base, entry->size, PROT_READ | PROT_WRITE,
			   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	atomic_store_explicit(lost, true, memory_order_relaxed);
	return empty != MAP_FAILED;
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	int saved = errno;
	unsigned i;

	(void)context;
	for (i = 0; i < GUARDED_MAX; i++) {
		_Atomic bool *lost = atomic_load_explicit(&guarded[i].lost, memory_order_acquire);

		if (!lost || at - guarded[i].base >= guarded[i].size)
			continue;
		if (!replace(&guarded[i], lost))
			break;
		errno = saved;
		return;
	}
	die_of(signal_number);
	errno = saved;
}

int mem_guard_install(struct error_text *error)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, &action, NULL) != 0)
		return error_set(error, errno, "sigaction: %m");
	return 0;
}

void mem_guard_add(void *base, size_t size, _Atomic bool *lost)
{
	unsigned i;

	pthread_mutex_lock(&table_lock);
	for (i = 0; i < GUARDED_MAX; i++) {
		if (atomic_load_explicit(&guarded[i].lost, memory_order_relaxed))
			continue;
		guarded[i].base = (uintptr_t)base;
		guarded[i].size = size;
		atomic_store_explicit(&guarded[i].lost, lost, memory_order_release);
		break;
	}
	pthread_mutex_unlock(&table_lock);
}

void mem_guard_remove_all(const _Atomic bool *lost)
{
	unsigned i;

	pthread_mutex_lock(&table_lock);
	for (i = 0; i < GUARDED_MAX; i++)
		if (atomic_load_explicit(&guarded[i].lost, memory_order_relaxed) == lost)
			atomic_store_explicit(&guarded[i].lost, NULL, memory_order_relaxed);
	pthread_mutex_unlock(&table_lock);
}
