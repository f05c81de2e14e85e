/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>

#include "../unit/run.h"
#include "base/variant.h"
#include "model/raw-properties.h"
#include "polkit.h"
#include "server.h"

/* StartJob's options that are properties of the job's unit: what is refused, and what comes back from
 * GetDetails. */

#define JOB1 "/org/jobd1/job/1", JOBD_JOB_INTERFACE

#define OPTIONS(name, ...)                                                          \
        static int name(sd_bus_message *m) {                                        \
                return sd_bus_message_append(m, "asa{sv}", 1, "true", __VA_ARGS__); \
        }
OPTIONS(no_memory, 1, "MemoryMax", "t", UINT64_C(0))
OPTIONS(memory_of_wrong_type, 1, "MemoryMax", "s", "1G")
OPTIONS(negative_memory, 1, "MemoryMax", "i", -1)
OPTIONS(memory_twice, 2, "MemoryMax", "t", UINT64_C(1), "MemoryMax", "t", UINT64_C(1))
OPTIONS(no_tasks, 1, "TasksMax", "t", UINT64_C(0))
OPTIONS(large_weight, 1, "CPUWeight", "t", UINT64_C(10001))
OPTIONS(no_weight, 1, "IOWeight", "t", UINT64_C(0))
OPTIONS(unknown_word, 1, "ProtectSystem", "s", "everything")
OPTIONS(unknown_home, 1, "ProtectHome", "s", "strict")
OPTIONS(flag_as_text, 1, "PrivateTmp", "s", "yes")
OPTIONS(box_without_nnp, 2, "PrivateTmp", "b", 1, "NoNewPrivileges", "b", 0)
OPTIONS(nnp_before_box, 2, "NoNewPrivileges", "b", 0, "ProtectHome", "s", "tmpfs")
OPTIONS(other_directory_of_state, 1, "StateDirectory", "as", 1, "jobd") /* a property, but no option */
OPTIONS(properties_as_dict, 1, "Properties", "a{sv}", 0)
OPTIONS(properties_twice, 2, "Properties", "a(sv)", 0, "Properties", "a(sv)", 0)
OPTIONS(owned, 1, "Properties", "a(sv)", 1, "ExecStart", "a(sasb)", 1, "/bin/sh", 1, "sh", 0)
OPTIONS(owned_second, 1, "Properties", "a(sv)", 2, "LimitCORE", "t", UINT64_C(0), "User", "s", "root")
OPTIONS(has_option, 1, "Properties", "a(sv)", 1, "MemoryMax", "t", UINT64_C(1))
OPTIONS(no_name, 1, "Properties", "a(sv)", 1, "A\nB", "s", "")

static int descriptor(sd_bus_message *m) {
        g_auto(Fd) fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        return sd_bus_message_append(m, "asa{sv}", 1, "true", 1, "Properties", "a(sv)", 1, "X", "h", fd);
}

static int add_properties(sd_bus_message *m, GVariant *properties) {
        g_autoptr(GVariant) taken = g_variant_ref_sink(properties);

        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, "true"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'e', "sv"), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "s", "Properties"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'v', "a(sv)"), 0);
        ck_assert_int_ge(variant_append(m, taken), 0);
        for (int i = 0; i < 3; i++)
                ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        return 0;
}

static int so_many(sd_bus_message *m, guint n) {
        GVariantBuilder builder;

        g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sv)"));
        for (guint i = 0; i < n; i++)
                g_variant_builder_add_parsed(&builder, "('X', <%u>)", i);
        return add_properties(m, g_variant_builder_end(&builder));
}

static int many(sd_bus_message *m) {
        return so_many(m, RAW_PROPERTIES_MAX + 1);
}

static int large(sd_bus_message *m) {
        g_autofree char *text = g_strnfill(RAW_PROPERTIES_SIZE_MAX, 'x');

        return add_properties(m, g_variant_new_parsed("[('X', <%s>)]", text));
}

static int deep(sd_bus_message *m) {
        GVariant *value = g_variant_new_string("x");

        for (guint i = 0; i < VARIANT_DEPTH_MAX; i++)
                value = g_variant_new_variant(value);
        return add_properties(m, g_variant_new_parsed("[('X', %v)]", value));
}

static const struct {
        int (*append)(sd_bus_message *m);
        const char *error, *text;
} refused[] = {
        { no_memory, "InvalidArgument", "Option MemoryMax: 0 is less than 1" },
        { memory_of_wrong_type, "InvalidArgument", "MemoryMax: its type is t, not s" },
        { negative_memory, "InvalidArgument", "Option MemoryMax: -1 is less than 0" },
        { memory_twice, "InvalidArgument", "Option MemoryMax: given twice" },
        { no_tasks, "InvalidArgument", "Option TasksMax: 0 is less than 1" },
        { large_weight, "InvalidArgument", "Option CPUWeight: 10001 is not between 1 and 10000" },
        { no_weight, "InvalidArgument", "Option IOWeight: 0 is not between 1 and 10000" },
        { unknown_word, "InvalidArgument", "Option ProtectSystem: 'everything' is none of" },
        { unknown_home, "InvalidArgument", "Option ProtectHome: 'strict' is none of" },
        { flag_as_text, "InvalidArgument", "PrivateTmp" },
        { box_without_nnp, "InvalidArgument", "NoNewPrivileges: PrivateTmp does not go without it" },
        { nnp_before_box, "InvalidArgument", "NoNewPrivileges: ProtectHome does not go without it" },
        { other_directory_of_state, "UnknownOption", "StateDirectory" },
        { properties_as_dict, "InvalidArgument", "Properties" },
        { properties_twice, "InvalidArgument", "Option Properties: given twice" },
        { owned, "InvalidArgument", "Property ExecStart is jobd's own" },
        { owned_second, "InvalidArgument", "Property User is jobd's own" },
        { has_option, "InvalidArgument", "use the option MemoryMax" },
        { no_name, "InvalidArgument", "no name of a property" },
        { descriptor, "InvalidArgument", "Option Properties: file descriptors" },
        { many, "LimitExceeded", "256" },
        { large, "LimitExceeded", "65536" },
        { deep, "InvalidArgument", "16 containers" },
};

START_TEST(refuses) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        sd_bus_message *m = call_new(client, MANAGER, "StartJob");
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(refused[_i].append(m), 0);
        reply = call_message(client, m);
        assert_error(reply, refused[_i].error, refused[_i].text);
        client_settle(client);
        ck_assert_uint_eq(fake.n_accepted, 0);
}
END_TEST

/* The value of an entry of GetDetails as GVariant text; NULL: there is none. */
static char *detail(Client *client, const char *name) {
        g_autoptr(sd_bus_message) reply = call_sync(client, JOB1, "GetDetails", "a{sv}", 0);
        g_autoptr(GVariant) details = NULL, value = NULL;

        assert_ok(reply);
        ck_assert_int_ge(variant_read(reply, 100000, &details), 0);
        value = g_variant_lookup_value(details, name, NULL);
        return value ? g_variant_print(value, TRUE) : NULL;
}

static void assert_detail(Client *client, const char *name, const char *expected) {
        g_autofree char *text = detail(client, name);

        if (expected)
                ck_assert_str_eq(text, expected);
        else
                ck_assert_msg(!text, "%s=%s", name, text);
}

START_TEST(takes_all) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(
                        client, MANAGER, "StartJob", "asa{sv}", 1, "true", 12, "MemoryHigh", "t",
                        UINT64_C(5), "MemoryMax", "t", UINT64_MAX, "TasksMax", "t", UINT64_C(6), "CPUWeight",
                        "t", UINT64_C(10000), "CPUQuotaPerSecUSec", "t", UINT64_C(20000), "IOWeight", "t",
                        UINT64_C(1), "NoNewPrivileges", "b", 1, "PrivateNetwork", "b", 1, "PrivateTmp", "b",
                        0, "ProtectSystem", "s", "strict", "ProtectHome", "s", "read-only", "Properties",
                        "a(sv)", 2, "LimitCORE", "t", UINT64_C(0), "BindPaths", "a(ssbt)", 1, "/a", "/b", 1,
                        UINT64_C(0));

        assert_ok(reply);
        assert_detail(client, "MemoryHigh", "uint64 5");
        assert_detail(client, "MemoryMax", "uint64 18446744073709551615");
        assert_detail(client, "TasksMax", "uint64 6");
        assert_detail(client, "CPUWeight", "uint64 10000");
        assert_detail(client, "CPUQuotaPerSecUSec", "uint64 20000");
        assert_detail(client, "IOWeight", "uint64 1");
        assert_detail(client, "NoNewPrivileges", "true");
        assert_detail(client, "PrivateNetwork", "true");
        assert_detail(client, "PrivateTmp", "false");
        assert_detail(client, "ProtectSystem", "'strict'");
        assert_detail(client, "ProtectHome", "'read-only'");
        assert_detail(client, "Properties",
                      "[('LimitCORE', <uint64 0>), ('BindPaths', <[('/a', '/b', true, uint64 0)]>)]");
}
END_TEST

START_TEST(takes_none) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 1,
                                                    "Properties", "a(sv)", 0);

        assert_ok(reply);
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                if (!job_options[i].is_told)
                        assert_detail(client, job_options[i].name, NULL);
        assert_detail(client, "Properties", NULL); /* no property is as no option */
}
END_TEST

OPTIONS(own_network, 1, "PrivateNetwork", "b", 1)
OPTIONS(own_tmp, 1, "PrivateTmp", "b", 1)
OPTIONS(protected_system, 1, "ProtectSystem", "s", "full")
OPTIONS(protected_home, 1, "ProtectHome", "s", "yes")
OPTIONS(open_network, 1, "PrivateNetwork", "b", 0)
OPTIONS(open_tmp, 1, "PrivateTmp", "b", 0)
OPTIONS(open_system, 1, "ProtectSystem", "s", "no")
OPTIONS(open_home, 1, "ProtectHome", "s", "no")
OPTIONS(limited, 1, "MemoryMax", "t", UINT64_C(1))
OPTIONS(open_without_nnp, 2, "PrivateTmp", "b", 0, "NoNewPrivileges", "b", 0)

static const struct {
        int (*append)(sd_bus_message *m);
        const char *nnp;
} implied[] = {
        { own_network, "true" },       { own_tmp, "true" },    { protected_system, "true" },
        { protected_home, "true" },    { open_network, NULL }, { open_tmp, NULL },
        { open_system, NULL },         { open_home, NULL },    { limited, NULL },
        { open_without_nnp, "false" },
};

START_TEST(no_new_privileges) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *m = call_new(client, MANAGER, "StartJob");
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(implied[_i].append(m), 0);
        reply = call_message(client, m);
        assert_ok(reply);
        assert_detail(client, "NoNewPrivileges", implied[_i].nnp);
}
END_TEST

START_TEST(most_properties) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *m = call_new(client, MANAGER, "StartJob");
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(so_many(m, RAW_PROPERTIES_MAX), 0);
        reply = call_message(client, m);
        assert_ok(reply);
}
END_TEST

/* Limits and boxes are for everybody. */
START_TEST(users_may) {
        g_autoptr(Client) client = NULL;
        g_autoptr(sd_bus_message) reply = NULL;

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 3, "TasksMax", "t", UINT64_MAX,
                          "CPUWeight", "t", UINT64_C(1000), "PrivateTmp", "b", 1);
        assert_ok(reply);
}
END_TEST

/* … but not so little that what systemd starts in there keeps it waiting. */
OPTIONS(user_weight_low, 1, "CPUWeight", "t", UINT64_C(9))
OPTIONS(user_weight_high, 1, "CPUWeight", "t", UINT64_C(1001))
OPTIONS(user_io_low, 1, "IOWeight", "t", UINT64_C(9))
OPTIONS(user_io_high, 1, "IOWeight", "t", UINT64_C(1001))
OPTIONS(user_memory_low, 1, "MemoryHigh", "t", UINT64_C(4194303))

static const struct {
        int (*append)(sd_bus_message *m);
        const char *text;
} extremes[] = {
        { user_weight_low, "CPUWeight 9: only root may go below 10" },
        { user_weight_high, "CPUWeight 1001: only root may go above 1000" },
        { user_io_low, "IOWeight 9: only root may go below 10" },
        { user_io_high, "IOWeight 1001: only root may go above 1000" },
        { user_memory_low, "MemoryHigh 4194303: only root may go below 4194304" },
};

START_TEST(users_may_not) {
        g_autoptr(Client) client = NULL, root = NULL;
        g_autoptr(sd_bus_message) denied = NULL, granted = NULL;
        sd_bus_message *m;

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        m = call_new(client, MANAGER, "StartJob");
        ck_assert_int_ge(extremes[_i].append(m), 0);
        denied = call_message(client, m);
        assert_error(denied, "AccessDenied", extremes[_i].text);
        ck_assert_uint_eq(polkit.questions->len, 0);
        root = client_new(fake.name, 0, false);
        m = call_new(root, MANAGER, "StartJob");
        ck_assert_int_ge(extremes[_i].append(m), 0);
        granted = call_message(root, m);
        assert_ok(granted);
}
END_TEST

/* What another user's program sees, and has, is not for its caller to make up. */
START_TEST(anothers_box_is_asked_for) {
        g_autoptr(Client) client = NULL;
        g_autoptr(sd_bus_message) reply = NULL, denied = NULL;
        const char *question;

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 3, "User", "s", "bin",
                          "ProtectHome", "s", "tmpfs", "TasksMax", "t", UINT64_C(3));
        assert_ok(reply);
        ck_assert_uint_eq(polkit.questions->len, 3);
        question = g_ptr_array_index(polkit.questions, 2);
        ck_assert(g_str_has_prefix(question, "org.jobd1.set-properties "));
        ck_assert_msg(g_str_has_suffix(question,
                                       " properties=TasksMax=3 NoNewPrivileges=true ProtectHome='tmpfs'"),
                      "%s", question);
        polkit.no_for = "org.jobd1.set-properties";
        denied = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 2, "User", "s", "bin",
                           "MemoryMax", "t", UINT64_C(1) << 30);
        assert_error(denied, "AccessDenied", "org.jobd1.set-properties");
        ck_assert_uint_eq(fake.n_accepted, 1);
}
END_TEST

/* Raw properties are another question, which shows all of them. */
START_TEST(users_are_asked) {
        g_autoptr(Client) client = NULL;
        g_autoptr(sd_bus_message) reply = NULL, again = NULL;
        const char *question;

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "Properties", "a(sv)", 2,
                          "LimitCORE", "t", UINT64_C(0), "AmbientCapabilities", "s", "a b\033");
        assert_ok(reply);
        ck_assert_uint_eq(polkit.questions->len, 2);
        question = g_ptr_array_index(polkit.questions, 1);
        ck_assert(g_str_has_prefix(question, "org.jobd1.set-properties "));
        ck_assert_msg(g_str_has_suffix(question, " properties=LimitCORE=0 AmbientCapabilities='a b\\u001b'"),
                      "%s", question);
        polkit.no_for = "org.jobd1.set-properties";
        again = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "Properties", "a(sv)", 1,
                          "LimitCORE", "t", UINT64_C(0));
        assert_error(again, "AccessDenied", "org.jobd1.set-properties");
        ck_assert_uint_eq(fake.n_accepted, 1);
}
END_TEST

/* What does not fit into the question is not asked. */
START_TEST(question_is_whole) {
        if (!have_users())
                return;
        for (guint more = 0; more <= 1; more++) {
                g_autoptr(Client) client = client_new(fake.name, USER, false);
                g_autofree char *text = g_strnfill(4096 - strlen("X=''") + more, 'x');
                sd_bus_message *m = call_new(client, MANAGER, "StartJob");
                g_autoptr(sd_bus_message) reply = NULL;

                ck_assert_int_ge(add_properties(m, g_variant_new_parsed("[('X', <%s>)]", text)), 0);
                reply = call_message(client, m);
                if (more)
                        assert_error(reply, "LimitExceeded", "4096");
                else
                        assert_ok(reply);
                ck_assert_uint_eq(polkit.questions->len, 2);
        }
}
END_TEST

static void setup(void) {
        fake_setup();
        polkit_setup();
}

static void teardown(void) {
        polkit_teardown();
        fake_teardown();
}

int main(void) {
        Suite *suite = suite_create("bus-settings");
        TCase *tcase = tcase_create("bus-settings");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, refuses, 0, G_N_ELEMENTS(refused));
        tcase_add_test(tcase, takes_all);
        tcase_add_test(tcase, takes_none);
        tcase_add_loop_test(tcase, no_new_privileges, 0, G_N_ELEMENTS(implied));
        tcase_add_test(tcase, most_properties);
        tcase_add_test(tcase, users_may);
        tcase_add_loop_test(tcase, users_may_not, 0, G_N_ELEMENTS(extremes));
        tcase_add_test(tcase, anothers_box_is_asked_for);
        tcase_add_test(tcase, users_are_asked);
        tcase_add_test(tcase, question_is_whole);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
