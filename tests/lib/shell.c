/* SPDX-License-Identifier: BSD-3-Clause */
/* shell.c - see shell.h. */
#include "shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#define COMMAND_MAX 2048

char shell_output[SHELL_OUTPUT_MAX];

int shell(const char *format, ...)
{
	char command[COMMAND_MAX];
	va_list args;
	FILE *pipe;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	shell_output[0] = '\0';
	pipe = popen(command, "r");
	if (!pipe)
		return -1;
	shell_output[fread(shell_output, 1, sizeof(shell_output) - 1, pipe)] =
		'\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
