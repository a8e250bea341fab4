/* SPDX-License-Identifier: BSD-3-Clause */
/* names.h - name and sentence of each member of an X-macro list.
 *
 * A list of X(name, english) becomes two functions, so that a list and its
 * texts can not part. Used once a list, in the .c file that owns it.
 */
#ifndef VRINGD_NAMES_H
#define VRINGD_NAMES_H

#include "compiler.h"

#define NAMES_OF(name, english) #name,
#define ENGLISH_OF(name, english) english,

#define NAME_TABLE(prefix, LIST)                                              \
	static const char *const prefix##_names[] = { LIST(NAMES_OF) };       \
	static const char *const prefix##_sentences[] = { LIST(ENGLISH_OF) }; \
	const char *prefix##_name(enum prefix value)                          \
	{                                                                     \
		return prefix##_names[value];                                 \
	}                                                                     \
	const char *prefix##_english(enum prefix value)                       \
	{                                                                     \
		return prefix##_sentences[value];                             \
	}

#endif
