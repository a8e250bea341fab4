/* SPDX-License-Identifier: BSD-3-Clause */
/* driver_layout.h - what driver.c asks of a layout; for the driver's files only.
 *
 * Functions of driver_split.c and driver_packed.c, in pairs.
 */
#ifndef TESTS_LIB_DRIVER_LAYOUT_H
#define TESTS_LIB_DRIVER_LAYOUT_H

#include "driver.h"

#define DRIVER_DESC_LEN 16

size_t driver_split_bytes(const struct driver_config *cfg);
int driver_split_lay(struct driver *d);
/* Takes an id and as many slots, which are there, and writes the chain. */
uint16_t driver_split_stage(struct driver *d, const struct driver_chain *chain);
void driver_split_publish(struct driver *d);
bool driver_split_wants_kick(struct driver *d, uint16_t asked);
uint16_t driver_split_pending(struct driver *d, uint16_t *position);
void driver_split_read_used(struct driver *d, uint32_t *id, uint32_t *len);
void driver_split_release(struct driver *d, uint16_t id);
void driver_split_check(struct driver *d, bool whole);

size_t driver_packed_bytes(const struct driver_config *cfg);
int driver_packed_lay(struct driver *d);
uint16_t driver_packed_stage(struct driver *d,
			     const struct driver_chain *chain);
void driver_packed_publish(struct driver *d);
bool driver_packed_wants_kick(struct driver *d, uint16_t asked);
uint16_t driver_packed_pending(struct driver *d, uint16_t *position);
bool driver_packed_any_used(const struct driver *d);
void driver_packed_read_used(struct driver *d, uint32_t *id, uint32_t *len);
void driver_packed_release(struct driver *d, uint16_t id);
void driver_packed_check(struct driver *d, bool whole);

/* Where the indirect table of a slot is. */
void *driver_table(const struct driver *d, uint16_t slot);

#endif
