/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/variant.h"
#include "run.h"

/* A message that is written, then read, without a bus that would carry it. */
static sd_bus *bus;

static void setup(void) {
        ck_assert_int_ge(sd_bus_new(&bus), 0);
        ck_assert_int_ge(sd_bus_set_address(bus, "unix:path=/nonexistent"), 0);
        (void) sd_bus_start(bus); /* fails, and leaves a bus that makes messages */
}

static void teardown(void) {
        sd_bus_unref(bus);
}

static sd_bus_message *message_new(void) {
        sd_bus_message *m;

        ck_assert_int_ge(sd_bus_message_new(bus, &m, SD_BUS_MESSAGE_METHOD_CALL), 0);
        return m;
}

static void seal(sd_bus_message *m) {
        ck_assert_int_ge(sd_bus_message_seal(m, 1, 0), 0);
        ck_assert_int_ge(sd_bus_message_rewind(m, true), 0);
}

static GVariant *parsed(const char *text) {
        GVariant *value = g_variant_parse(NULL, text, NULL, NULL, NULL);

        ck_assert_msg(value != NULL, "%s", text);
        return value;
}

static const char *const values[] = {
        "true",
        "false",
        "byte 0xff",
        "int16 -32768",
        "uint16 65535",
        "-2147483648",
        "uint32 4294967295",
        "int64 -9223372036854775808",
        "uint64 18446744073709551615",
        "1.5",
        "''",
        "'gr\303\274n \\n \\u001b \\'\"'",
        "objectpath '/a/b'",
        "signature 'a{sv}'",
        "<uint64 1>",
        "<<<'x'>>>",
        "@as []",
        "['a', '', 'b']",
        "@a(sv) []",
        "[('A', <uint64 1>), ('B', <['x', 'y']>), ('C', <@a(sasb) []>)]",
        "{'a': <1>, 'b': <'two'>}",
        "@a{us} {}",
        "(1, ('x', (true,)), [[byte 1], []])",
        "[('ExecStart', <[('/bin/true', ['true'], false)]>)]",
};

START_TEST(there_and_back) {
        g_autoptr(GVariant) value = parsed(values[_i]), read = NULL, again = NULL;
        g_autoptr(sd_bus_message) m = message_new();
        g_autofree char *text = NULL;

        ck_assert_int_ge(sd_bus_message_append(m, "s", "before"), 0);
        ck_assert_int_ge(variant_append(m, value), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "s", "behind"), 0);
        seal(m);
        ck_assert_int_ge(sd_bus_message_skip(m, "s"), 0);
        ck_assert_int_ge(variant_read(m, 1024, &read), 0);
        ck_assert_msg(g_variant_equal(value, read), "%s", values[_i]);
        ck_assert(!g_variant_is_floating(read));
        ck_assert_int_gt(sd_bus_message_skip(m, "s"), 0); /* it stands behind the value */
        ck_assert_int_gt(sd_bus_message_at_end(m, true), 0);

        text = variant_format(value);
        ck_assert_ptr_null(strchr(text, '\n'));
        ck_assert_int_eq(variant_parse(text, g_variant_get_type_string(value), &again), 0);
        ck_assert(g_variant_equal(value, again));
}
END_TEST

/* The value of so many bytes is taken, and not with one less. */
static const struct {
        const char *text;
        size_t size;
} sizes[] = {
        { "byte 1", 1 },
        { "true", 4 },
        { "int16 1", 2 },
        { "uint64 1", 8 },
        { "''", 1 },
        { "'abc'", 4 },
        { "@as []", 4 },
        { "['ab', 'c']", 4 + 3 + 2 },
        { "[b'']", 4 + 4 + 1 },
        { "(uint32 1, 'x')", 4 + 4 + 2 },
};

START_TEST(limits_of_size) {
        for (size_t less = 0; less <= 1; less++) {
                g_autoptr(GVariant) value = parsed(sizes[_i].text), read = NULL;
                g_autoptr(sd_bus_message) m = message_new();
                int r;

                ck_assert_int_ge(variant_append(m, value), 0);
                seal(m);
                r = variant_read(m, sizes[_i].size - less, &read);
                ck_assert_msg(less ? r == -E2BIG : r >= 0, "%s: %i", sizes[_i].text, r);
                ck_assert(!read == (r < 0));
        }
}
END_TEST

/* A thing of nothing costs memory, too. */
START_TEST(many_of_nothing) {
        g_autoptr(sd_bus_message) m = message_new();
        GVariant *read = NULL;

        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "as"), 0);
        for (int i = 0; i < 1000; i++)
                ck_assert_int_ge(sd_bus_message_append(m, "as", 0), 0);
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        seal(m);
        ck_assert_int_eq(variant_read(m, 3999, &read), -E2BIG);
        ck_assert_ptr_null(read);
}
END_TEST

START_TEST(limits_of_depth) {
        for (guint more = 0; more <= 1; more++) {
                g_autoptr(sd_bus_message) m = message_new();
                g_autoptr(GVariant) read = NULL;

                for (guint i = 0; i < VARIANT_DEPTH_MAX + more; i++)
                        ck_assert_int_ge(sd_bus_message_open_container(
                                                         m, 'v',
                                                         i + 1 < VARIANT_DEPTH_MAX + more ? "v" : "s"),
                                         0);
                ck_assert_int_ge(sd_bus_message_append(m, "s", "deep"), 0);
                for (guint i = 0; i < VARIANT_DEPTH_MAX + more; i++)
                        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
                seal(m);
                if (more)
                        ck_assert_int_eq(variant_read(m, 1024, &read), -ELOOP);
                else
                        ck_assert_int_ge(variant_read(m, 1024, &read), 0);
        }
}
END_TEST

START_TEST(no_descriptors) {
        static const char *const types[] = { "h", "ah", "v" };
        g_autoptr(sd_bus_message) m = message_new();
        g_auto(Fd) fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        GVariant *read = NULL;
        int r;

        r = _i == 0   ? sd_bus_message_append(m, types[_i], fd)
            : _i == 1 ? sd_bus_message_append(m, types[_i], 1, fd)
                      : sd_bus_message_append(m, types[_i], "h", fd);
        ck_assert_int_ge(r, 0);
        seal(m);
        ck_assert_int_eq(variant_read(m, 1024, &read), -EOPNOTSUPP);
        ck_assert_ptr_null(read);
}
END_TEST

START_TEST(nothing_there) {
        g_autoptr(sd_bus_message) m = message_new();
        GVariant *read = NULL;

        seal(m);
        ck_assert_int_lt(variant_read(m, 1024, &read), 0);
        ck_assert_ptr_null(read);
}
END_TEST

/* Types that D-Bus does not have. */
START_TEST(not_sent) {
        static const char *const texts[] = { "just 1", "handle 1", "[handle 1]", "<handle 1>" };
        g_autoptr(GVariant) value = parsed(texts[_i]);
        g_autoptr(sd_bus_message) m = message_new();

        ck_assert_int_lt(variant_append(m, value), 0);
}
END_TEST

static const struct {
        const char *text, *type;
} bad_texts[] = {
        { "", "s" },
        { "x", "s" },
        { "'x", "s" },
        { "1", "s" },
        { "'x'", "t" },
        { "-1", "t" },
        { "1 2", "t" },
        { "'\377'", "s" },
        { "[('A', 1)]", "a(sv)" },
        { "[('A', <>)]", "a(sv)" },
        { "maybe", "b" },
};

START_TEST(not_parsed) {
        GVariant *value = NULL;

        ck_assert_int_eq(variant_parse(bad_texts[_i].text, bad_texts[_i].type, &value), -EBADMSG);
        ck_assert_ptr_null(value);
}
END_TEST

START_TEST(deep_text) {
        g_autofree char *open = g_strnfill(100000, '<'), *close = g_strnfill(100000, '>'),
                        *text = g_strconcat(open, "1", close, NULL);
        GVariant *value = NULL;

        ck_assert_int_eq(variant_parse(text, "v", &value), -EBADMSG);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("variant");
        TCase *tcase = tcase_create("variant");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, there_and_back, 0, G_N_ELEMENTS(values));
        tcase_add_loop_test(tcase, limits_of_size, 0, G_N_ELEMENTS(sizes));
        tcase_add_test(tcase, many_of_nothing);
        tcase_add_test(tcase, limits_of_depth);
        tcase_add_loop_test(tcase, no_descriptors, 0, 3);
        tcase_add_test(tcase, nothing_there);
        tcase_add_loop_test(tcase, not_sent, 0, 4);
        tcase_add_loop_test(tcase, not_parsed, 0, G_N_ELEMENTS(bad_texts));
        tcase_add_test(tcase, deep_text);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
