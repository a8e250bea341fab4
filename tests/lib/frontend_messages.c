/* SPDX-License-Identifier: BSD-3-Clause */
/* frontend_messages.c - the single messages of the scripted front end.
 *
 * See frontend_messages.h. What must stay true: addresses of rings go out as
 * the front end's own (fva), which differ from guest addresses and from our
 * pointers, so that a daemon that confuses them is found out.
 */
#include "frontend_messages.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The front end's address of a guest address. */
#define FVA_OFFSET UINT64_C(0x7e0000000000)

static int put_message(struct frontend *fe, const struct vhost_user_msg *msg);
static struct vhost_user_msg message(uint32_t request, uint32_t size);
static int send_state(struct frontend *fe, uint32_t request, unsigned int index,
		      uint32_t num);
static int send_fd(struct frontend *fe, uint32_t request, unsigned int index,
		   int fd);
static void close_fds(struct vhost_user_msg *msg);

int frontend_send(struct frontend *fe, struct vhost_user_msg *msg)
{
	uint32_t request = msg->request;
	int err;

	if (!(fe->protocol & FEATURE_BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK)))
		return put_message(fe, msg);

	msg->flags |= VHOST_USER_NEED_REPLY;
	err = frontend_ask(fe, msg);
	if (err)
		return err;
	if (msg->request != request || msg->size != sizeof(uint64_t))
		return -EPROTO;
	return msg->payload.u64 ? -EREMOTEIO : 0;
}

int frontend_ask(struct frontend *fe, struct vhost_user_msg *msg)
{
	uint32_t request = msg->request;
	int err;

	err = put_message(fe, msg);
	if (!err)
		err = vhost_user_recv(fe->sock, msg, FRONTEND_WAIT_MS);
	if (err)
		return err;

	close_fds(msg);
	if (msg->request != request || !(msg->flags & VHOST_USER_REPLY))
		return -EPROTO;
	return 0;
}

int frontend_get_u64(struct frontend *fe, uint32_t request, uint64_t *value)
{
	struct vhost_user_msg msg = message(request, 0);
	int err = frontend_ask(fe, &msg);

	if (err)
		return err;
	*value = msg.payload.u64;
	return 0;
}

int frontend_set_u64(struct frontend *fe, uint32_t request, uint64_t value)
{
	struct vhost_user_msg msg = message(request, sizeof(value));

	msg.payload.u64 = value;
	if (request == VHOST_USER_SET_OWNER ||
	    request == VHOST_USER_RESET_OWNER)
		msg.size = 0;
	return frontend_send(fe, &msg);
}

int frontend_sync(struct frontend *fe)
{
	uint64_t ignored;

	return frontend_get_u64(fe, VHOST_USER_GET_FEATURES, &ignored);
}

int frontend_set_mem_table(struct frontend *fe)
{
	struct vhost_user_msg msg = message(VHOST_USER_SET_MEM_TABLE, 0);
	struct vhost_user_memory *memory = &msg.payload.memory;
	unsigned int i;

	memory->region_cnt = fe->mem.region_cnt;
	for (i = 0; i < fe->mem.region_cnt; i++) {
		const struct driver_region *region = &fe->mem.region[i];

		memory->region[i] = (struct vhost_user_region){
			.gpa = region->gpa,
			.len = region->len,
			.fva = region->gpa + FVA_OFFSET,
		};
		msg.fd[msg.fd_cnt++] = fe->mem_fd[i];
	}
	msg.size = 2 * sizeof(uint32_t) +
		   fe->mem.region_cnt * (uint32_t)sizeof(memory->region[0]);
	return frontend_send(fe, &msg);
}

int frontend_set_vring_num(struct frontend *fe, unsigned int index)
{
	return send_state(fe, VHOST_USER_SET_VRING_NUM, index,
			  fe->vring[index].driver.cfg.size);
}

int frontend_set_vring_base(struct frontend *fe, unsigned int index)
{
	return send_state(fe, VHOST_USER_SET_VRING_BASE, index,
			  fe->vring[index].base);
}

int frontend_set_vring_addr(struct frontend *fe, unsigned int index)
{
	struct vhost_user_msg msg =
		message(VHOST_USER_SET_VRING_ADDR, sizeof(msg.payload.addr));
	const struct driver *driver = &fe->vring[index].driver;

	msg.payload.addr = (struct vhost_user_addr){
		.index = index,
		.desc = driver_mem_gpa(&fe->mem, driver_desc_area(driver)) +
			FVA_OFFSET,
		.used = driver_mem_gpa(&fe->mem, driver_device_area(driver)) +
			FVA_OFFSET,
		.avail = driver_mem_gpa(&fe->mem, driver_driver_area(driver)) +
			 FVA_OFFSET,
	};
	return frontend_send(fe, &msg);
}

int frontend_set_vring_kick(struct frontend *fe, unsigned int index)
{
	return send_fd(fe, VHOST_USER_SET_VRING_KICK, index,
		       fe->vring[index].kick_fd);
}

int frontend_set_vring_call(struct frontend *fe, unsigned int index, int fd)
{
	return send_fd(fe, VHOST_USER_SET_VRING_CALL, index, fd);
}

int frontend_set_vring_enable(struct frontend *fe, unsigned int index,
			      bool enable)
{
	return send_state(fe, VHOST_USER_SET_VRING_ENABLE, index, enable);
}

int frontend_get_vring_base(struct frontend *fe, unsigned int index,
			    uint16_t *base)
{
	struct vhost_user_msg msg =
		message(VHOST_USER_GET_VRING_BASE, sizeof(msg.payload.state));
	int err;

	msg.payload.state.index = index;
	err = frontend_ask(fe, &msg);
	if (err)
		return err;
	if (msg.payload.state.index != index)
		return -EPROTO;
	*base = (uint16_t)msg.payload.state.num;
	return 0;
}

int frontend_replace_call(struct frontend *fe, unsigned int index)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int err;

	if (fd < 0)
		return -errno;
	err = frontend_set_vring_call(fe, index, fd);
	if (!err)
		err = frontend_sync(fe);
	close(fe->vring[index].call_fd);
	fe->vring[index].call_fd = fd;
	return err;
}

int frontend_set_status(struct frontend *fe, uint64_t status)
{
	return frontend_set_u64(fe, VHOST_USER_SET_STATUS, status);
}

static int put_message(struct frontend *fe, const struct vhost_user_msg *msg)
{
	if (++fe->message_cnt == fe->quit_at)
		return -ECANCELED;
	return vhost_user_send(fe->sock, msg);
}

static struct vhost_user_msg message(uint32_t request, uint32_t size)
{
	return (struct vhost_user_msg){
		.request = request,
		.flags = VHOST_USER_VERSION,
		.size = size,
	};
}

static int send_state(struct frontend *fe, uint32_t request, unsigned int index,
		      uint32_t num)
{
	struct vhost_user_msg msg = message(request, sizeof(msg.payload.state));

	msg.payload.state = (struct vhost_user_state){ index, num };
	return frontend_send(fe, &msg);
}

static int send_fd(struct frontend *fe, uint32_t request, unsigned int index,
		   int fd)
{
	struct vhost_user_msg msg = message(request, sizeof(msg.payload.u64));

	msg.payload.u64 = index | (fd < 0 ? VHOST_USER_VRING_NOFD : 0);
	if (fd >= 0)
		msg.fd[msg.fd_cnt++] = fd;
	return frontend_send(fe, &msg);
}

static void close_fds(struct vhost_user_msg *msg)
{
	while (msg->fd_cnt)
		close(msg->fd[--msg->fd_cnt]);
}
