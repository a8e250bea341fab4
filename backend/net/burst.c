/* SPDX-License-Identifier: BSD-3-Clause */
/* burst.c - see burst.h. */
#include "net/burst.h"

#include <stdlib.h>

static bool scratch_new(struct chain_scratch *scratch)
{
	scratch->iov = calloc(BURST_IOVECS, sizeof(*scratch->iov));
	scratch->cap = BURST_IOVECS - 1;
	burst_scratch_clear(scratch);
	return scratch->iov;
}

struct burst *burst_new(void)
{
	struct burst *burst = calloc(1, sizeof(*burst));

	if (!burst)
		return NULL;
	burst->spill = malloc(FRAME_LEN_MAX);
	if (!scratch_new(&burst->tx_scratch) || !scratch_new(&burst->rx_scratch) || !burst->spill) {
		burst_free(burst);
		return NULL;
	}
	return burst;
}

void burst_free(struct burst *burst)
{
	if (!burst)
		return;
	free(burst->tx_scratch.iov);
	free(burst->rx_scratch.iov);
	free(burst->spill);
	free(burst);
}
