/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_capture.c - methods about captures: a guest's frames into a file.
 *
 * See ctl_handlers.h. What is in the file is no business of the control socket's;
 * here a capture is an order and four counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"

static enum ctl_code read_order(const struct ctl_call *call, struct capture_order *order,
				struct error_text *error);
static json_t *report_capture(const struct capture_report *report);

enum ctl_code ctl_capture_start(const struct ctl_call *call, json_t **result,
				struct error_text *error)
{
	struct capture_order *order = calloc(1, sizeof(*order));
	enum ctl_code code = CTL_INTERNAL;

	if (order)
		code = read_order(call, order, error);
	if (order && code == CTL_OK)
		code = ctl_code_of(call->ops->capture_start(call->house, order, error), error);
	free(order);
	*result = json_incref(call->params);
	return code;
}

enum ctl_code ctl_capture_stop(const struct ctl_call *call, json_t **result,
			       struct error_text *error)
{
	struct capture_report *report = calloc(1, sizeof(*report));
	int err = -ENOMEM;

	if (report)
		err = call->ops->capture_stop(call->house, ctl_param_text(call, "port"), report,
					      error);
	if (!err)
		*result = report_capture(report);
	free(report);
	return ctl_code_of(err, error);
}

enum ctl_code ctl_capture_list(const struct ctl_call *call, json_t **result,
			       struct error_text *error)
{
	struct capture_report *report = calloc(1, sizeof(*report));
	json_t *captures = json_array();
	unsigned nth;

	(void)error;
	for (nth = 0; report && call->ops->capture_report(call->house, nth, report); nth++)
		json_array_append_new(captures, report_capture(report));
	free(report);
	*result = json_pack("{s:o}", "captures", captures);
	return CTL_OK;
}

static enum ctl_code copy_text(const struct ctl_call *call, const char *key, char *text,
			       size_t size, struct error_text *error)
{
	const char *value = ctl_param_text(call, key);

	if (value && strlen(value) >= size) {
		error_set(error, 0, "capture.start: parameter '%s' is longer than %zu bytes", key,
			  size - 1);
		return CTL_INVALID_PARAMS;
	}
	snprintf(text, size, "%s", value ? value : "");
	return CTL_OK;
}

/* A number of 1 or more; 0 where it is absent, or "always". */
static enum ctl_code copy_number(const struct ctl_call *call, const char *key, uint64_t *number,
				 uint64_t most, struct error_text *error)
{
	const json_t *value = json_object_get(call->params, key);

	*number = (uint64_t)json_integer_value(value);
	if (!json_is_integer(value) || (*number > 0 && *number <= most))
		return CTL_OK;
	error_set(error, 0, "capture.start: parameter '%s' is not from 1 to %llu", key,
		  (unsigned long long)most);
	return CTL_INVALID_PARAMS;
}

static enum ctl_code read_order(const struct ctl_call *call, struct capture_order *order,
				struct error_text *error)
{
	uint64_t snap_len = 0;
	enum ctl_code code;

	code = copy_text(call, "port", order->port, sizeof(order->port), error);
	if (code == CTL_OK)
		code = copy_text(call, "file", order->file, sizeof(order->file), error);
	if (code == CTL_OK)
		code = copy_text(call, "filter", order->filter, sizeof(order->filter), error);
	if (code == CTL_OK)
		code = copy_number(call, "count", &order->count, INT64_MAX, error);
	if (code == CTL_OK)
		code = copy_number(call, "snaplen", &snap_len, UINT32_MAX, error);
	order->snap_len = (uint32_t)snap_len;
	return code;
}

static json_t *number_or_null(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *report_capture(const struct capture_report *report)
{
	const struct capture_order *order = &report->order;
	const struct capture_counts *counts = &report->counts;
	const char *filter = order->filter[0] ? order->filter : NULL;
	const char *reason = report->state == CAPTURE_STATE_error ? strerror(report->err) : NULL;

	return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:s, s:s?, s:I, s:I, s:I, s:I}", /* */
			 "port", order->port, "file", order->file,		      /* */
			 "filter", filter, "count", number_or_null(order->count),     /* */
			 "snaplen", number_or_null(order->snap_len),		      /* */
			 "state", capture_state_name(report->state), "error", reason, /* */
			 "frames", (json_int_t)counts->frames,			      /* */
			 "bytes", (json_int_t)counts->bytes,			      /* */
			 "filtered", (json_int_t)counts->filtered,		      /* */
			 "lost", (json_int_t)counts->lost);
}
