/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_device.c - from messages to running vrings; see vhost_device.h.
 *
 * The hand-over. A message that may unmap memory or close a descriptor is
 * preceded by a pause: the guest port is taken from the workers and its
 * positions go back to the library, which has them ready for GET_VRING_BASE.
 * After the message everything is read again from the library, checked, and
 * given to the workers. If the library refuses a message it does not call
 * after(): the port stays paused until the next message, whose after() looks
 * at everything anew.
 */
#include "glue/vhost_device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "glue/rte_vhost_door.h"
#include "glue/vhost_log.h"
#include "glue/vhost_memory.h"
#include "glue/vhost_msg.h"
#include "log.h"
#include "net/probes.h"

#define STATUS_DRIVER_OK 4

static bool has(uint64_t bits, unsigned bit)
{
	return bits & FEATURE_BIT(bit);
}

static unsigned ring_cnt(const struct vhost_device *device)
{
	return device->guest->pair_cnt * 2;
}

/* ---- taking away ---- */

static void hand_back_positions(struct vhost_device *device)
{
	unsigned i;

	for (i = 0; i < ring_cnt(device); i++) {
		const struct vring_end *end = guest_port_end(device->guest, i);

		if (end->started)
			rte_vhost_set_vring_base(device->vid, (uint16_t)i, end->vring.next_avail,
						 end->vring.next_used);
	}
}

static void take_away(struct vhost_device *device)
{
	guest_port_pause(device->guest);
	hand_back_positions(device);
}

static void stop_ring(struct vhost_device *device, unsigned index)
{
	struct vring_end *end = guest_port_end(device->guest, index);

	device->rings[index].kick_set = false;
	device->rings[index].queried = false;
	if (end->started)
		vring_end_stop(end, clock_now_ns());
	vring_end_set_kick_fd(end, -1);
	vring_end_set_call_fd(end, -1);
}

static void stop_all(struct vhost_device *device)
{
	unsigned i;

	for (i = 0; i < ring_cnt(device); i++)
		stop_ring(device, i);
}

/* ---- giving ---- */

/* A descriptor of our own, so that the library may close its at any time. The
 * front end may have left it blocking; a worker must never wait for it. */
static int own_descriptor(int fd)
{
	int copy, flags;

	if (fd < 0)
		return -1;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return -1;
	flags = fcntl(copy, F_GETFL);
	if (flags >= 0)
		fcntl(copy, F_SETFL, flags | O_NONBLOCK);
	return copy;
}

static bool driver_ok(const struct vhost_device *device)
{
	return !has(device->protocol_features, VHOST_USER_PROTOCOL_F_STATUS) ||
	       (device->status & STATUS_DRIVER_OK);
}

static struct vring_config config_of(const struct vhost_device *device,
				     const struct rte_vhost_vring *ring)
{
	return (struct vring_config){
		.parts = { .desc = (struct virtq_desc *)ring->desc,
			   .avail = (struct virtq_avail *)ring->avail,
			   .used = (struct virtq_used *)ring->used },
		.mem = &device->guest->mem,
		.log = has(device->features, VHOST_F_LOG_ALL) ? &device->log : NULL,
		.shape = { .size = ring->size,
			   .packed = has(device->features, VIRTIO_F_RING_PACKED) },
		.event_idx = has(device->features, VIRTIO_F_EVENT_IDX),
		.indirect = has(device->features, VIRTIO_F_INDIRECT_DESC),
	};
}

static void start_ring(struct vhost_device *device, unsigned index, struct vring_config *config)
{
	struct vring_end *end = guest_port_end(device->guest, index);

	rte_vhost_get_vring_base(device->vid, (uint16_t)index, &config->next_avail,
				 &config->next_used);
	vring_end_start(end, config, clock_now_ns());
	if (!end->guest_tx)
		device->started(device->context, device->guest, device->features);
	log_info("port %s: %s started, %s, size %u, next available %u, next used %u",
		 device->guest->name, end->name, config->shape.packed ? "packed" : "split",
		 config->shape.size, config->next_avail, config->next_used);
}

static void continue_ring(struct vring_end *end, struct vring_config *config)
{
	end->vring.log = config->log;
	if (memcmp(&end->vring.parts, &config->parts, sizeof(config->parts)) == 0)
		return;
	config->next_avail = end->vring.next_avail;
	config->next_used = end->vring.next_used;
	vring_end_remap(end, config);
}

static void evaluate_ring(struct vhost_device *device, unsigned index)
{
	struct vring_end *end = guest_port_end(device->guest, index);
	struct rte_vhost_vring ring = { 0 };
	struct vring_config config;
	const char *wrong;

	end->enabled = device->rings[index].enabled;
	if (!device->rings[index].kick_set || !driver_ok(device) ||
	    rte_vhost_get_vhost_vring(device->vid, (uint16_t)index, &ring) != 0 || !ring.desc) {
		if (end->started)
			vring_end_stop(end, clock_now_ns());
		return;
	}
	config = config_of(device, &ring);
	wrong = vring_check(&config);
	if (wrong) {
		log_warn("port %s: %s can not run: %s", device->guest->name, end->name, wrong);
		if (end->started)
			vring_end_stop(end, clock_now_ns());
	} else if (end->started) {
		continue_ring(end, &config);
	} else {
		start_ring(device, index, &config);
	}
}

static void give(struct vhost_device *device)
{
	unsigned i;

	guest_port_set_features(device->guest, device->features);
	for (i = 0; i < ring_cnt(device); i++)
		evaluate_ring(device, i);
	guest_port_resume(device->guest);
}

/* ---- messages ---- */

/* A handler that refuses a message has to close what came with it. */
static int refuse(struct vhost_device *device, struct vhost_msg *msg, const char *why)
{
	int i;

	log_warn("port %s: vhost-user request %u refused: %s", device->guest->name, msg->request,
		 why);
	for (i = 0; i < msg->fd_num && i < 8; i++)
		if (msg->fds[i] >= 0)
			close(msg->fds[i]);
	msg->fd_num = 0;
	return RTE_VHOST_MSG_RESULT_ERR;
}

/* QEMU's x-query-virtio-queue-status sends GET_VRING_BASE to a device that
 * runs, and means no stop by it. A front end that speaks the status protocol
 * says so first when it does stop. */
static bool is_query(const struct vhost_device *device, unsigned index)
{
	return has(device->protocol_features, VHOST_USER_PROTOCOL_F_STATUS) &&
	       (device->status & STATUS_DRIVER_OK) && device->rings[index].enabled &&
	       guest_port_end(device->guest, index)->started;
}

static int before_get_base(struct vhost_device *device, struct vhost_msg *msg, unsigned index)
{
	if (!is_query(device, index))
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	device->rings[index].queried = true;
	msg->payload.state.num = guest_port_end(device->guest, index)->vring.next_avail;
	msg->size = sizeof(msg->payload.state);
	msg->fd_num = 0;
	return RTE_VHOST_MSG_RESULT_REPLY;
}

/* Size and base of a running ring may not change under it. After a query they
 * show that a stop was meant. */
static int before_set_ring(struct vhost_device *device, struct vhost_msg *msg, unsigned index)
{
	if (!guest_port_end(device->guest, index)->started)
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	if (!device->rings[index].queried)
		return refuse(device, msg, "the vring is running");
	stop_ring(device, index);
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

static int before_log(struct vhost_device *device, struct vhost_msg *msg)
{
	const char *wrong = vhost_log_check(msg);

	return wrong ? refuse(device, msg, wrong) : RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

static int before_memory(struct vhost_device *device, struct vhost_msg *msg)
{
	const char *wrong = vhost_memory_check(msg);

	if (wrong)
		return refuse(device, msg, wrong);
	vhost_memory_forget(device->guest); /* the library unmaps what there is */
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

int vhost_device_before(struct vhost_device *device, struct vhost_msg *msg)
{
	int index = vhost_msg_ring(msg);

	PORT_PROBE2(port__message, device->guest, msg->request, msg->payload.u64);
	if (index >= (int)ring_cnt(device))
		return refuse(device, msg, "it names a vring that this port does not have");
	if (vhost_msg_needs_pause(msg))
		take_away(device);

	switch (msg->request) {
	case VHOST_REQUEST_GET_QUEUE_NUM:
		msg->payload.u64 = device->guest->pair_cnt;
		msg->size = sizeof(msg->payload.u64);
		return RTE_VHOST_MSG_RESULT_REPLY;
	case VHOST_REQUEST_GET_VRING_BASE:
		return before_get_base(device, msg, (unsigned)index);
	case VHOST_REQUEST_SET_MEM_TABLE:
		return before_memory(device, msg);
	case VHOST_REQUEST_SET_LOG_BASE:
		return before_log(device, msg);
	case VHOST_REQUEST_RESET_OWNER:
		stop_all(device);
		vhost_memory_forget(device->guest);
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	case VHOST_REQUEST_SET_VRING_NUM:
	case VHOST_REQUEST_SET_VRING_BASE:
		return before_set_ring(device, msg, (unsigned)index);
	default:
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	}
}

static void on_kick(struct vhost_device *device, unsigned index)
{
	struct vring_end *end = guest_port_end(device->guest, index);
	struct rte_vhost_vring ring = { 0 };

	rte_vhost_get_vhost_vring(device->vid, (uint16_t)index, &ring);
	vring_end_set_kick_fd(end, own_descriptor(ring.kickfd));
	device->rings[index].kick_set = true;
	/* "Ring states": without the protocol features rings start enabled. */
	if (!has(device->features, VHOST_USER_F_PROTOCOL_FEATURES))
		device->rings[index].enabled = true;
}

/* A front end may still be listening to the descriptor it just replaced, so
 * the new one is written once, whatever the driver's event word says. */
static void on_call(struct vhost_device *device, unsigned index)
{
	struct vring_end *end = guest_port_end(device->guest, index);
	struct rte_vhost_vring ring = { 0 };

	rte_vhost_get_vhost_vring(device->vid, (uint16_t)index, &ring);
	vring_end_set_call_fd(end, own_descriptor(ring.callfd));
	end->first_call_due = end->started;
}

static void on_memory(struct vhost_device *device)
{
	unsigned i;

	vhost_memory_read(device->vid, device->guest);
	for (i = 0; i < ring_cnt(device); i++) {
		struct vring_end *end = guest_port_end(device->guest, i);

		end->first_call_due = end->started;
	}
}

static void note(struct vhost_device *device, const struct vhost_msg *msg, int index)
{
	switch (msg->request) {
	case VHOST_REQUEST_SET_FEATURES:
		rte_vhost_get_negotiated_features(device->vid, &device->features);
		rte_vhost_get_negotiated_protocol_features(device->vid, &device->protocol_features);
		break;
	case VHOST_REQUEST_SET_MEM_TABLE:
		on_memory(device);
		break;
	case VHOST_REQUEST_GET_VRING_BASE:
		if (!device->rings[index].queried)
			stop_ring(device, (unsigned)index);
		break;
	case VHOST_REQUEST_SET_VRING_KICK:
		on_kick(device, (unsigned)index);
		break;
	case VHOST_REQUEST_SET_VRING_CALL:
		on_call(device, (unsigned)index);
		break;
	case VHOST_REQUEST_SET_VRING_ENABLE:
		device->rings[index].enabled = msg->payload.state.num == 1;
		break;
	case VHOST_REQUEST_SET_STATUS:
		device->status = (uint8_t)msg->payload.u64;
		break;
	default:
		break;
	}
}

int vhost_device_after(struct vhost_device *device, struct vhost_msg *msg)
{
	rte_vhost_get_negotiated_protocol_features(device->vid, &device->protocol_features);
	note(device, msg, vhost_msg_ring(msg));
	if (!guest_port_live(device->guest))
		give(device);
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

void vhost_device_connect(struct vhost_device *device, int vid)
{
	device->vid = vid;
	device->log = (struct dirty_log){ .mark = vhost_log_mark, .context = &device->vid };
	device->features = 0;
	device->protocol_features = 0;
	device->status = 0;
	memset(device->rings, 0, sizeof(device->rings));
	atomic_store_explicit(&device->guest->connected, true, memory_order_relaxed);
}

void vhost_device_disconnect(struct vhost_device *device)
{
	guest_port_pause(device->guest);
	stop_all(device);
	vhost_memory_forget(device->guest);
	guest_port_set_features(device->guest, 0);
	atomic_store_explicit(&device->guest->connected, false, memory_order_relaxed);
	device->vid = -1;
	PORT_PROBE0(port__disconnect, device->guest);
}
