/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_filter.c - see capture_filter.h. */
#include "capture/capture_filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

struct capture_filter {
	struct bpf_program program;
};

int capture_filter_new(const char *expression, uint32_t snap_len, struct capture_filter **filter,
		       struct error_text *error)
{
	struct capture_filter *compiled = malloc(sizeof(*compiled));
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, (int)snap_len);
	int err = 0;

	if (!compiled || !pcap)
		err = error_set(error, ENOMEM, "capture: out of memory");
	else if (pcap_compile(pcap, &compiled->program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		err = error_set(error, EINVAL,
				"capture: the filter '%.200s' is not one: %s; `man 7 pcap-filter` "
				"has the syntax",
				expression, pcap_geterr(pcap));
	if (pcap)
		pcap_close(pcap);
	if (err)
		free(compiled);
	else
		*filter = compiled;
	return err;
}

void capture_filter_free(struct capture_filter *filter)
{
	if (!filter)
		return;
	pcap_freecode(&filter->program);
	free(filter);
}

bool capture_filter_wants(const struct capture_filter *filter, const uint8_t *data,
			  uint32_t kept_len, uint32_t len)
{
	const struct pcap_pkthdr header = { .caplen = kept_len, .len = len };

	return !filter || pcap_offline_filter(&filter->program, &header, data) != 0;
}
