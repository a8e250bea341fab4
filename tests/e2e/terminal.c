/* SPDX-License-Identifier: BSD-3-Clause */
/* terminal.c - tmux as a terminal for tests; see terminal.h. */
#include "terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bed.h"

#define LOOK_AGAIN_MS 10
#define SCREEN_MAX 65536

/* tmux's control mode: a command a line, answered between %begin and %end. */
static struct {
	char dir[32];
	char socket[48];
	pid_t server, client; /* 0: not running */
	FILE *commands, *answers;
} terminal;

static char screen[SCREEN_MAX];

static void start_client(void);
static pid_t run_tmux(int input, int output, const char *const *args);
static void become(int input, int output, const char *const *args)
	__attribute__((noreturn));
static bool session_begun(int width, int height);
static bool tmux(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool take_answer(void);
static bool wait_for(const char *text, bool wanted);

/* The server stays in the foreground, so that it ends with us. */
void terminal_open(int width, int height)
{
	static const char *const server[] = { "-D", NULL };
	uint64_t end = clock_now_ns() + TERMINAL_WAIT_MS * NS_PER_MS;

	strcpy(terminal.dir, "/tmp/vringd-tmux.XXXXXX");
	assert_non_null(mkdtemp(terminal.dir));
	snprintf(terminal.socket, sizeof(terminal.socket), "%s/s",
		 terminal.dir);
	terminal.server = run_tmux(STDIN_FILENO, STDERR_FILENO, server);
	while (access(terminal.socket, F_OK) != 0 ||
	       !session_begun(width, height)) {
		assert_true(clock_now_ns() < end);
		bed_idle(LOOK_AGAIN_MS);
	}
	start_client();
	terminal_wait(TERMINAL_PROMPT);
}

void terminal_close(void)
{
	if (!terminal.server)
		return;
	kill(terminal.server, SIGTERM);
	waitpid(terminal.server, NULL, 0);
	terminal.server = 0;
	if (terminal.client) {
		fclose(terminal.commands);
		fclose(terminal.answers);
		waitpid(terminal.client, NULL, 0);
		terminal.client = 0;
	}
	unlink(terminal.socket);
	rmdir(terminal.dir);
}

void terminal_resize(int width, int height)
{
	assert_true(tmux("resize-window -x %d -y %d", width, height));
}

void terminal_type(const char *text)
{
	assert_true(tmux("send-keys -l -- '%s'", text));
}

void terminal_press(const char *key)
{
	assert_true(tmux("send-keys %s", key));
}

void terminal_run(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	terminal_type("clear; ");
	terminal_type(line);
	terminal_press("Enter");
}

const char *terminal_screen(void)
{
	assert_true(tmux("capture-pane -p"));
	return screen;
}

const char *terminal_screen_coloured(void)
{
	assert_true(tmux("capture-pane -p -e"));
	return screen;
}

void terminal_wait(const char *text)
{
	if (!wait_for(text, true))
		fail_msg("\"%s\" does not come on\n%s", text, screen);
}

void terminal_wait_gone(const char *text)
{
	if (!wait_for(text, false))
		fail_msg("\"%s\" stays on\n%s", text, screen);
}

int terminal_number(const char *variable)
{
	assert_true(tmux("display-message -p '#{%s}'", variable));
	return atoi(screen);
}

/* It must not have a say in the size of the window. */
static void start_client(void)
{
	static const char *const client[] = {
		"-N", "-C", "attach-session", "-f", "ignore-size,no-output",
		NULL
	};
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	terminal.client = run_tmux(to[0], from[1], client);
	close(to[0]);
	close(from[1]);
	terminal.commands = fdopen(to[1], "w");
	terminal.answers = fdopen(from[0], "r");
	assert_true(take_answer()); /* to attach-session */
}

static pid_t run_tmux(int input, int output, const char *const *args)
{
	pid_t parent = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
		become(input, output, args);
	}
	return pid;
}

static void become(int input, int output, const char *const *args)
{
	const char *argv[16] = { "tmux", "-S", terminal.socket, "-f",
				 "/dev/null" };
	int i;

	for (i = 0; args[i]; i++)
		argv[5 + i] = args[i];
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	execvp("tmux", (char **)argv);
	_exit(127);
}

/* False: the server is not ready yet. */
static bool session_begun(int width, int height)
{
	char x[16], y[16];
	const char *const args[] = {
		"-N", "new-session",
		"-d", "-x",
		x,    "-y",
		y,    "env PS1='" TERMINAL_PROMPT " ' ENV= sh",
		NULL
	};
	int status;

	snprintf(x, sizeof(x), "%d", width);
	snprintf(y, sizeof(y), "%d", height);
	waitpid(run_tmux(STDIN_FILENO, STDERR_FILENO, args), &status, 0);
	return status == 0;
}

/* False if tmux says that it is wrong; what it printed is in `screen`. */
static bool tmux(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(terminal.commands, format, args);
	va_end(args);
	fputc('\n', terminal.commands);
	fflush(terminal.commands);
	return take_answer();
}

static bool take_answer(void)
{
	bool inside = false;
	size_t at = 0;
	char line[4096];

	while (fgets(line, sizeof(line), terminal.answers)) {
		if (strncmp(line, "%end ", 5) == 0)
			return true;
		if (strncmp(line, "%error ", 7) == 0)
			break;
		if (inside && at + strlen(line) < sizeof(screen))
			at += (size_t)sprintf(screen + at, "%s", line);
		if (strncmp(line, "%begin ", 7) == 0) {
			inside = true;
			screen[0] = '\0';
		}
	}
	print_error("tmux: %s\n", screen);
	return false;
}

static bool wait_for(const char *text, bool wanted)
{
	uint64_t end = clock_now_ns() + TERMINAL_WAIT_MS * NS_PER_MS;

	while ((strstr(terminal_screen(), text) != NULL) != wanted) {
		if (clock_now_ns() > end)
			return false;
		bed_idle(LOOK_AGAIN_MS);
	}
	return true;
}
