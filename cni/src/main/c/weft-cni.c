/* SPDX-License-Identifier: Apache-2.0 */
/* The CNI plugin: hands the container runtime's request to the node process of this node and words its
 * answer as the CNI specification 1.1 wants it (github.com/containernetworking/cni, SPEC.md). It decides
 * nothing and keeps nothing. What it reads is bounded; whatever it cannot make sense of it refuses. */
#define _GNU_SOURCE
#include "frame.h"
#include "json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_SOCKET "/run/weft/attach.sock"
#define CONFIG_BYTES (1 << 20)

/* The node process waits 10 s for a pod that it has not been told of; a runtime waits two minutes. */
#define PATIENCE_SECONDS 60

/* SPEC.md, "Error". */
#define INCOMPATIBLE_VERSION 1
#define BAD_ENVIRONMENT 4
#define IO_FAILURE 5
#define UNDECODABLE 6
#define BAD_CONFIG 7
#define TRY_AGAIN 11
#define NOT_AVAILABLE 50
#define CHECK_FAILED 100 /* the first of a plugin's own */

/* weft/v1/attach.proto */
enum { REQUEST_ADD = 1, REQUEST_DEL, REQUEST_CHECK, REQUEST_STATUS, REQUEST_GC };
enum { CONTAINER_ID = 1, ADD_NETNS, ADD_INTERFACE, ADD_POD_NAMESPACE, ADD_POD_NAME, ADD_POD_UID };
enum { DEL_INTERFACE = 2 };
enum {
	ANSWER_ERROR = 1,
	ANSWER_ERROR_CODE,
	ANSWER_ADDRESS,
	ANSWER_PREFIX_LENGTH,
	ANSWER_GATEWAY,
	ANSWER_MAC,
	ANSWER_MTU,
	ANSWER_HOST_INTERFACE
};

struct answer {
	char error[1024];
	unsigned error_code;
	uint8_t address[4];
	unsigned prefix_length;
	uint8_t gateway[4];
	uint8_t mac[6];
	unsigned mtu;
	char host_interface[16];
};

static const char *const versions[] = {"0.4.0", "1.0.0", "1.1.0"};

static char config_text[CONFIG_BYTES + 1];
static struct json config;
static char version[16] = "1.1.0";

/* Tells the runtime why, and ends. */
static void __attribute__((noreturn, format(printf, 2, 3)))
fail(unsigned code, const char *format, ...)
{
	char message[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	printf("{\"cniVersion\":");
	json_print(stdout, version);
	printf(",\"code\":%u,\"msg\":", code);
	json_print(stdout, message);
	printf("}\n");
	exit(1);
}

static void read_config(void)
{
	size_t length = fread(config_text, 1, sizeof(config_text), stdin);

	if (ferror(stdin))
		fail(IO_FAILURE, "cannot read the network configuration from standard input");
	if (length > CONFIG_BYTES)
		fail(UNDECODABLE, "the network configuration is longer than %d bytes", CONFIG_BYTES);
	config = json_parse(config_text, length);
	if (!config.at || *config.at != '{')
		fail(UNDECODABLE, "the network configuration is no JSON object");
}

/* SPEC.md: without a version 0.1.0 is meant, which nobody speaks any more. */
static void require_version(void)
{
	char wanted[sizeof(version)];

	if (json_string(json_member(config, "cniVersion"), wanted, sizeof(wanted))) {
		for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
			if (!strcmp(wanted, versions[i])) {
				strcpy(version, wanted);
				return;
			}
	}
	fail(INCOMPATIBLE_VERSION, "cniVersion must be one of 0.4.0, 1.0.0, 1.1.0");
}

static const char *require_environment(const char *name, size_t longest)
{
	const char *value = getenv(name);

	if (!value || !*value)
		fail(BAD_ENVIRONMENT, "%s is not set", name);
	if (strlen(value) > longest)
		fail(BAD_ENVIRONMENT, "%s is longer than %zu characters", name, longest);
	return value;
}

static const char *container_id(void)
{
	return require_environment("CNI_CONTAINERID", 128);
}

static const char *interface(void)
{
	return require_environment("CNI_IFNAME", 15);
}

/* The value of "name" in CNI_ARGS, "A=1;B=2"; empty when there is none. */
static void argument(const char *name, char *out, size_t size)
{
	const char *p = getenv("CNI_ARGS");
	size_t length = strlen(name);

	*out = 0;
	while (p && *p) {
		size_t item = strcspn(p, ";");

		if (item > length && !memcmp(p, name, length) && p[length] == '=') {
			if (item - length - 1 >= size)
				fail(BAD_ENVIRONMENT, "%s in CNI_ARGS is too long", name);
			memcpy(out, p + length + 1, item - length - 1);
			out[item - length - 1] = 0;
		}
		p += item + (p[item] == ';');
	}
}

/* ---- the node process ------------------------------------------------------------------------- */

/* A connection, or -1 with errno. */
static int node_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	struct json path = json_member(config, "socket");
	int fd;

	strcpy(address.sun_path, DEFAULT_SOCKET);
	if (path.at && !json_string(path, address.sun_path, sizeof(address.sun_path)))
		fail(BAD_CONFIG, "\"socket\" must be the path of a unix socket");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail(IO_FAILURE, "cannot make a socket: %s", strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		fail(IO_FAILURE, "cannot set a timeout: %s", strerror(errno));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

/* Nobody listens: the node process is not there, or not yet. */
static bool is_away(int error)
{
	return error == ENOENT || error == ECONNREFUSED;
}

static void transfer(int fd, void *bytes, size_t length, bool write)
{
	uint8_t *at = bytes;

	while (length) {
		ssize_t done = write ? send(fd, at, length, MSG_NOSIGNAL) : recv(fd, at, length, 0);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			fail(TRY_AGAIN, "the node process broke off: %s",
			     done ? strerror(errno) : "end of stream");
		at += done;
		length -= (size_t)done;
	}
}

static void copy_bytes(void *out, size_t size, const struct field *f)
{
	if (f->length != size)
		fail(TRY_AGAIN, "the node process gave %zu bytes where %zu belong", f->length, size);
	memcpy(out, f->bytes, size);
}

static void copy_text(char *out, size_t size, const struct field *f)
{
	size_t length = f->length < size ? f->length : size - 1;

	memcpy(out, f->bytes, length);
	out[length] = 0;
}

static void read_field(struct answer *a, const struct field *f)
{
	bool text = f->bytes != NULL;

	if (f->number == ANSWER_ERROR && text)
		copy_text(a->error, sizeof(a->error), f);
	else if (f->number == ANSWER_ERROR_CODE && !text)
		a->error_code = (unsigned)f->value;
	else if (f->number == ANSWER_ADDRESS && text)
		copy_bytes(a->address, sizeof(a->address), f);
	else if (f->number == ANSWER_PREFIX_LENGTH && !text)
		a->prefix_length = (unsigned)f->value;
	else if (f->number == ANSWER_GATEWAY && text)
		copy_bytes(a->gateway, sizeof(a->gateway), f);
	else if (f->number == ANSWER_MAC && text)
		copy_bytes(a->mac, sizeof(a->mac), f);
	else if (f->number == ANSWER_MTU && !text)
		a->mtu = (unsigned)f->value;
	else if (f->number == ANSWER_HOST_INTERFACE && text)
		copy_text(a->host_interface, sizeof(a->host_interface), f);
}

/* Sends one request and reads its answer; an error in it becomes this command's. */
static struct answer ask(int fd, unsigned kind, const struct message *body)
{
	static struct message frame;
	struct answer answer = {0};
	struct reader reader;
	struct field field;
	uint32_t length;

	put_bytes(&frame, kind, body->bytes, body->length);
	if (frame.overflow || body->overflow)
		fail(BAD_CONFIG, "the request does not fit into %d bytes", FRAME_BYTES);
	length = htonl((uint32_t)frame.length);
	transfer(fd, &length, sizeof(length), true);
	transfer(fd, frame.bytes, frame.length, true);
	transfer(fd, &length, sizeof(length), false);
	length = ntohl(length);
	if (length > sizeof(frame.bytes))
		fail(TRY_AGAIN, "the node process answered with %u bytes", length);
	transfer(fd, frame.bytes, length, false);
	reader.at = frame.bytes;
	reader.end = frame.bytes + length;
	while (get_field(&reader, &field))
		read_field(&answer, &field);
	if (reader.at != reader.end)
		fail(TRY_AGAIN, "the node process answered with something else than an AttachAnswer");
	if (*answer.error)
		fail(answer.error_code ? answer.error_code : TRY_AGAIN, "%s", answer.error);
	return answer;
}

static int require_node(unsigned code)
{
	int fd = node_connect();

	if (fd < 0)
		fail(code, "the weft node process does not answer: %s", strerror(errno));
	return fd;
}

/* ---- commands --------------------------------------------------------------------------------- */

static const char *ip_text(const uint8_t *address, char *out)
{
	snprintf(out, INET_ADDRSTRLEN, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
	return out;
}

static void print_result(const struct answer *a, const char *netns)
{
	bool old = !strcmp(version, "0.4.0");
	struct json dns = json_member(config, "dns");
	char address[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];
	const uint8_t *m = a->mac;

	ip_text(a->address, address);
	ip_text(a->gateway, gateway);
	printf("{\"cniVersion\":\"%s\",\"interfaces\":[{\"name\":", version);
	json_print(stdout, a->host_interface);
	printf("},{\"name\":");
	json_print(stdout, interface());
	printf(",\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\"", m[0], m[1], m[2], m[3], m[4], m[5]);
	if (!strcmp(version, "1.1.0"))
		printf(",\"mtu\":%u", a->mtu);
	printf(",\"sandbox\":");
	json_print(stdout, netns);
	printf("}],\"ips\":[{%s\"address\":\"%s/%u\",\"gateway\":\"%s\",\"interface\":1}]",
	       old ? "\"version\":\"4\"," : "", address, a->prefix_length, gateway);
	printf(",\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"%s\"}],\"dns\":", gateway);
	if (dns.at && *dns.at == '{')
		printf("%.*s", (int)(dns.end - dns.at), dns.at);
	else
		printf("{}");
	printf("}\n");
}

static void add(void)
{
	static struct message m;
	const char *netns = require_environment("CNI_NETNS", 4095);
	char value[256];
	struct answer answer;

	put_text(&m, CONTAINER_ID, container_id());
	put_text(&m, ADD_NETNS, netns);
	put_text(&m, ADD_INTERFACE, interface());
	argument("K8S_POD_NAMESPACE", value, sizeof(value));
	put_text(&m, ADD_POD_NAMESPACE, value);
	argument("K8S_POD_NAME", value, sizeof(value));
	put_text(&m, ADD_POD_NAME, value);
	argument("K8S_POD_UID", value, sizeof(value));
	put_text(&m, ADD_POD_UID, value);
	answer = ask(require_node(TRY_AGAIN), REQUEST_ADD, &m);
	print_result(&answer, netns);
}

/* With the node process away there is nothing to wait for: the device goes with the namespace, and the
 * address stays taken until the node process comes back and finds the namespace gone. */
static void del(void)
{
	static struct message m;
	int fd = node_connect();

	if (fd < 0 && is_away(errno))
		return;
	if (fd < 0)
		fail(TRY_AGAIN, "the weft node process does not answer: %s", strerror(errno));
	put_text(&m, CONTAINER_ID, container_id());
	put_text(&m, DEL_INTERFACE, interface());
	ask(fd, REQUEST_DEL, &m);
}

/* Whether the result that the runtime remembers has this address. */
static bool remembers(struct json result, const struct answer *a)
{
	struct json addresses = json_member(result, "ips");
	const char *next = NULL;
	char expected[INET_ADDRSTRLEN + 4], text[64];
	struct json ip;

	ip_text(a->address, text);
	snprintf(expected, sizeof(expected), "%.15s/%u", text, a->prefix_length & 0xff);
	while (json_next(addresses, &next, &ip))
		if (json_string(json_member(ip, "address"), text, sizeof(text)) && !strcmp(text, expected))
			return true;
	return false;
}

static void check(void)
{
	static struct message m;
	struct json previous = json_member(config, "prevResult");
	struct answer answer;

	if (!previous.at || *previous.at != '{')
		fail(BAD_CONFIG, "CHECK without a prevResult");
	put_text(&m, CONTAINER_ID, container_id());
	put_text(&m, DEL_INTERFACE, interface());
	answer = ask(require_node(TRY_AGAIN), REQUEST_CHECK, &m);
	if (!remembers(previous, &answer)) {
		char address[INET_ADDRSTRLEN];

		fail(CHECK_FAILED, "container %s has the address %s, which its result does not name",
		     container_id(), ip_text(answer.address, address));
	}
}

static void status(void)
{
	static struct message m;

	ask(require_node(NOT_AVAILABLE), REQUEST_STATUS, &m);
}

static void collect_garbage(void)
{
	static struct message m;
	struct json valid = json_member(config, "cni.dev/valid-attachments");
	const char *next = NULL;
	struct json attachment;
	char id[129];

	/* Not the same as an empty list, which makes everything garbage. */
	if (!valid.at || *valid.at != '[')
		fail(BAD_CONFIG, "GC without cni.dev/valid-attachments");
	while (json_next(valid, &next, &attachment)) {
		if (!json_string(json_member(attachment, "containerID"), id, sizeof(id)) || !*id)
			fail(BAD_CONFIG, "a valid attachment without containerID");
		put_text(&m, CONTAINER_ID, id);
	}
	ask(require_node(TRY_AGAIN), REQUEST_GC, &m);
}

static void print_versions(void)
{
	char asked[sizeof(version)];

	if (json_string(json_member(config, "cniVersion"), asked, sizeof(asked)))
		strcpy(version, asked);
	printf("{\"cniVersion\":");
	json_print(stdout, version);
	printf(",\"supportedVersions\":[");
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		printf("%s\"%s\"", i ? "," : "", versions[i]);
	printf("]}\n");
}

static const struct {
	const char *name;
	void (*run)(void);
} commands[] = {
	{"ADD", add}, {"DEL", del}, {"CHECK", check}, {"STATUS", status}, {"GC", collect_garbage},
};

int main(void)
{
	const char *command = getenv("CNI_COMMAND");

	if (!command) {
		fprintf(stderr, "weft-cni: a CNI plugin, to be run by a container runtime\n");
		return 1;
	}
	read_config();
	if (!strcmp(command, "VERSION")) {
		print_versions();
		return 0;
	}
	require_version();
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(command, commands[i].name)) {
			commands[i].run();
			return 0;
		}
	fail(BAD_ENVIRONMENT, "CNI_COMMAND is not one of ADD, DEL, CHECK, STATUS, GC, VERSION");
}
