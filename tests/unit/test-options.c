/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error.h"
#include "model/raw-properties.h"
#include "model/values.h"
#include "run.h"

static GVariant *parsed(const char *text) {
        GVariant *value = g_variant_parse(NULL, text, NULL, NULL, NULL);

        ck_assert_msg(value != NULL, "%s", text);
        return value;
}

/* As systemd's own bounds: systemd.resource-control(5), systemd.exec(5); but a processor quota has 1% at
 * least. */
static const struct {
        const char *name, *value;
        const char *complaint; /* NULL: none */
} checks[] = {
        { "Umask", "uint32 0", NULL },
        { "Umask", "uint32 511", NULL },
        { "Umask", "uint32 512", "01000 is not between 0 and 0777" },
        { "RuntimeMaxUSec", "uint64 0", "0 is less than 1" },
        { "RuntimeMaxUSec", "uint64 1", NULL },
        { "StopTimeoutUSec", "uint64 0", NULL },
        { "SuccessExitStatus", "[0, 255]", NULL },
        { "SuccessExitStatus", "@ai []", NULL },
        { "SuccessExitStatus", "[0, 256]", "256 is not between 0 and 255" },
        { "SuccessExitStatus", "[-1]", "-1 is not between 0 and 255" },
        { "Nice", "-20", NULL },
        { "Nice", "19", NULL },
        { "Nice", "-21", "-21 is not between -20 and 19" },
        { "Nice", "20", "20 is not between -20 and 19" },
        { "OutputLimit", "uint64 4095", "4095 is less than 4096" },
        { "OutputLimit", "uint64 4096", NULL },
        { "OutputFull", "'drop'", NULL },
        { "OutputFull", "'block'", NULL },
        { "OutputFull", "'wait'", "'wait' is none of drop, block" },
        { "KillSignal", "'INT'", NULL },
        { "KillSignal", "'SIGINT'", NULL },
        { "KillSignal", "'10'", NULL },
        { "KillSignal", "'RTMIN+3'", NULL },
        { "KillSignal", "'KILL'", "no job is stopped with KILL" },
        { "KillSignal", "'SIGSTOP'", "no job is stopped with SIGSTOP" },
        { "KillSignal", "'18'", "no job is stopped with 18" },
        { "KillSignal", "'CHLD'", "no job is stopped with CHLD" },
        { "KillSignal", "'PIPE'", "no job is stopped with PIPE" },
        { "KillSignal", "'INTR'", "'INTR' is no signal" },
        { "KillSignal", "''", "'' is no signal" },
        { "KillSignal", "2", "its type is s, not i" },
        { "MergeOutput", "true", NULL },
        { "MemoryHigh", "uint64 0", "0 is less than 1" },
        { "MemoryHigh", "uint64 1", NULL },
        { "MemoryMax", "uint64 0", "0 is less than 1" },
        { "MemoryMax", "uint64 18446744073709551615", NULL },
        { "TasksMax", "uint64 0", "0 is less than 1" },
        { "TasksMax", "uint64 1", NULL },
        { "TasksMax", "uint64 18446744073709551615", NULL },
        { "CPUWeight", "uint64 0", "0 is not between 1 and 10000" },
        { "CPUWeight", "uint64 1", NULL },
        { "CPUWeight", "uint64 10000", NULL },
        { "CPUWeight", "uint64 10001", "10001 is not between 1 and 10000" },
        { "CPUWeight", "uint64 18446744073709551615", "18446744073709551615 is not between 1 and 10000" },
        { "CPUQuotaPerSecUSec", "uint64 0", "0 is less than 10000" },
        { "CPUQuotaPerSecUSec", "uint64 9999", "9999 is less than 10000" },
        { "CPUQuotaPerSecUSec", "uint64 10000", NULL },
        { "CPUQuotaPerSecUSec", "uint64 500000", NULL },
        { "CPUQuotaPerSecUSec", "uint64 18446744073709551615", NULL },
        { "IOWeight", "uint64 0", "0 is not between 1 and 10000" },
        { "IOWeight", "uint64 10000", NULL },
        { "IOWeight", "uint64 10001", "10001 is not between 1 and 10000" },
        { "NoNewPrivileges", "true", NULL },
        { "NoNewPrivileges", "false", NULL },
        { "NoNewPrivileges", "'yes'", "its type is b, not s" },
        { "PrivateNetwork", "true", NULL },
        { "PrivateTmp", "true", NULL },
        { "PrivateTmp", "uint64 1", "its type is b, not t" },
        { "ProtectSystem", "'no'", NULL },
        { "ProtectSystem", "'yes'", NULL },
        { "ProtectSystem", "'full'", NULL },
        { "ProtectSystem", "'strict'", NULL },
        { "ProtectSystem", "'tmpfs'", "'tmpfs' is none of no, yes, full, strict" },
        { "ProtectSystem", "''", "'' is none of no, yes, full, strict" },
        { "ProtectSystem", "true", "its type is s, not b" },
        { "ProtectHome", "'no'", NULL },
        { "ProtectHome", "'yes'", NULL },
        { "ProtectHome", "'read-only'", NULL },
        { "ProtectHome", "'tmpfs'", NULL },
        { "ProtectHome", "'strict'", "'strict' is none of no, yes, read-only, tmpfs" },
};

START_TEST(checked) {
        const JobOption *option = job_option_find(checks[_i].name);
        g_autoptr(GVariant) value = parsed(checks[_i].value);
        g_autofree char *complaint = NULL;

        ck_assert_ptr_nonnull(option);
        complaint = job_option_complain(option, value);
        if (checks[_i].complaint)
                ck_assert_str_eq(complaint, checks[_i].complaint);
        else
                ck_assert_msg(!complaint, "%s=%s: %s", checks[_i].name, checks[_i].value, complaint);
}
END_TEST

START_TEST(every_option) {
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++) {
                const JobOption *option = &job_options[i];

                ck_assert_ptr_eq(job_option_find(option->name), option);
                ck_assert(option->name && option->type);
                ck_assert(strcmp(option->type, "ai") == 0 ||
                          (strlen(option->type) == 1 && strchr("uitbs", option->type[0])));
                ck_assert(!option->words[0] == (option->type[0] != 's'));
                ck_assert(!option->is_limit || option->property);
        }
        ck_assert_ptr_null(job_option_find("ExecStart"));
        ck_assert_ptr_null(job_option_find(""));
        ck_assert_ptr_null(job_option_find("memorymax"));
}
END_TEST

/* Which values change the view of the system. */
static const struct {
        const char *name, *value;
        bool is_box;
} boxes[] = {
        { "PrivateNetwork", "true", true },    { "PrivateNetwork", "false", false },
        { "PrivateTmp", "true", true },        { "PrivateTmp", "false", false },
        { "ProtectSystem", "'strict'", true }, { "ProtectSystem", "'yes'", true },
        { "ProtectSystem", "'no'", false },    { "ProtectHome", "'read-only'", true },
        { "ProtectHome", "'no'", false },      { "NoNewPrivileges", "true", false },
        { "MemoryMax", "uint64 1", false },    { "TasksMax", "uint64 1", false },
};

START_TEST(box) {
        g_autoptr(GVariant) value = parsed(boxes[_i].value);
        JobValues values = {};
        const char *found;

        ck_assert_ptr_null(job_values_find_box(values));
        values[job_option_find(boxes[_i].name) - job_options] = value;
        found = job_values_find_box(values);
        if (boxes[_i].is_box)
                ck_assert_str_eq(found, boxes[_i].name);
        else
                ck_assert_ptr_null(found);
}
END_TEST

/* Everything that jobd sets itself, or that would break what it promises. */
static const char *const owned[] = {
        "ExecStart",
        "ExecStartEx",
        "ExecStartPre",
        "ExecStartPreEx",
        "ExecStartPost",
        "ExecStartPostEx",
        "ExecCondition",
        "ExecConditionEx",
        "ExecReload",
        "ExecReloadEx",
        "ExecStop",
        "ExecStopEx",
        "ExecStopPost",
        "ExecStopPostEx",
        "ExecSearchPath",
        "Type",
        "ExitType",
        "User",
        "Group",
        "DynamicUser",
        "Slice",
        "KillMode",
        "SendSIGKILL",
        "SendSIGHUP",
        "KillSignal",
        "RestartKillSignal",
        "FinalKillSignal",
        "WatchdogSignal",
        "StandardInput",
        "StandardOutput",
        "StandardError",
        "StandardInputFileDescriptor",
        "StandardOutputFileDescriptor",
        "StandardErrorFileDescriptor",
        "StandardInputFileDescriptorName",
        "StandardInputData",
        "Description",
        "AddRef",
        "CollectMode",
        "NotifyAccess",
        "Restart",
        "RestartUSec",
        "RestartForceExitStatus",
        "RemainAfterExit",
        "GuessMainPID",
        "PIDFile",
        "BusName",
        "FileDescriptorStoreMax",
        "LogNamespace",
        "LogLevelMax",
        "LogExtraFields",
        "LogRateLimitBurst",
        "LogRateLimitIntervalUSec",
        "LogFilterPatterns",
        "Environment",
        "EnvironmentFiles",
        "PassEnvironment",
        "UnsetEnvironment",
        "WorkingDirectory",
        "UMask",
        "TTYPath",
        "TTYReset",
        "TTYVHangup",
        "PAMName",
        "RootDirectory",
        "RootImage",
        "RootHash",
        "TimeoutStopUSec",
        "TimeoutStartUSec",
        "TimeoutUSec",
        "TimeoutAbortUSec",
        "TimeoutStopFailureMode",
        "WatchdogUSec",
        "OOMPolicy",
        "SuccessExitStatus",
        "RefuseManualStop",
        "RefuseManualStart",
        "IgnoreSIGPIPE",
        "OpenFile",
        "RuntimeRandomizedExtraUSec",
        "PrivatePIDs",
};

static GVariant *property(const char *name, const char *value) {
        return g_variant_ref_sink(g_variant_new_parsed("[(%s, <%s>)]", name, value));
}

START_TEST(refuses_owned) {
        g_autoptr(GVariant) properties = property(owned[_i], "x");
        g_autofree char *why = NULL, *expected = g_strdup_printf("Property %s is jobd's own: ", owned[_i]);

        ck_assert_int_eq(raw_properties_check(properties, &why), -JOBD_E_INVALID_ARGUMENT);
        ck_assert_msg(g_str_has_prefix(why, expected), "%s", why);
}
END_TEST

/* What has an option: its name there. */
static const char *const optional[][2] = {
        { "MemoryMax", "MemoryMax" },
        { "MemoryHigh", "MemoryHigh" },
        { "TasksMax", "TasksMax" },
        { "CPUWeight", "CPUWeight" },
        { "IOWeight", "IOWeight" },
        { "CPUQuotaPerSecUSec", "CPUQuotaPerSecUSec" },
        { "PrivateTmp", "PrivateTmp" },
        { "PrivateNetwork", "PrivateNetwork" },
        { "ProtectHome", "ProtectHome" },
        { "ProtectSystem", "ProtectSystem" },
        { "Nice", "Nice" },
        { "NoNewPrivileges", "NoNewPrivileges" },
        { "UMask", "Umask" },
        { "TimeoutStopUSec", "StopTimeoutUSec" },
        { "User", "User" },
        { "MemoryMaxScale", "MemoryMax" },
        { "RuntimeMaxUSec", "RuntimeMaxUSec" },
};

START_TEST(names_the_option) {
        g_autoptr(GVariant) properties = property(optional[_i][0], "x");
        g_autofree char *why = NULL,
                        *expected = g_strdup_printf("Property %s is jobd's own: use the option %s",
                                                    optional[_i][0], optional[_i][1]);

        ck_assert_int_eq(raw_properties_check(properties, &why), -JOBD_E_INVALID_ARGUMENT);
        ck_assert_str_eq(why, expected);
}
END_TEST

static const char *const free_ones[] = {
        "LimitNOFILE",
        "BindPaths",
        "IPAddressDeny",
        "ExecPaths",
        "LogsDirectory",
        "SupplementaryGroups",
        "CPUAffinity",
        "OOMScoreAdjust",
        "Delegate",
        "After",
        "ProtectControlGroups",
        "TypeX",
        "X9",
};

START_TEST(takes_others) {
        g_autoptr(GVariant) properties = property(free_ones[_i], "x");
        char *why = NULL;

        ck_assert_int_eq(raw_properties_check(properties, &why), 0);
        ck_assert_ptr_null(why);
}
END_TEST

START_TEST(needs_a_controller) {
        static const struct {
                const char *name, *controller;
        } rows[] = {
                { "MemorySwapMax", "memory" },
                { "MemorySwapMaxScale", "memory" },
                { "MemoryLow", "memory" },
                { "MemoryMin", "memory" },
                { "StartupMemoryMax", "memory" },
                { "CPUQuotaPeriodUSec", "cpu" },
                { "StartupCPUWeight", "cpu" },
                { "AllowedCPUs", "cpuset" },
                { "StartupAllowedCPUs", "cpuset" },
                { "IODeviceWeight", "io" },
                { "IOReadBandwidthMax", "io" },
                { "IOWriteIOPSMax", "io" },
                { "StartupIOWeight", "io" },
                { "BlockIOWeight", "io" },
                /* and what only looks like one */
                { "MemoryDenyWriteExecute", NULL },
                { "MemoryAccounting", NULL },
                { "CPUAffinity", NULL },
                { "CPUSchedulingPolicy", NULL },
                { "IOSchedulingClass", NULL },
                { "IOAccounting", NULL },
                { "LimitNOFILE", NULL },
                { "OOMScoreAdjust", NULL },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                ck_assert_msg(g_strcmp0(raw_property_controller(rows[i].name), rows[i].controller) == 0,
                              "%s", rows[i].name);
}
END_TEST

static const char *const bad_names[] = {
        "", "9A", "A B", "A=B", "a\nb", "\033[31m", "A-B", "_A", "A.B", "gr\303\274n", "ExecStart ",
};

START_TEST(refuses_names) {
        g_autoptr(GVariant) properties = property(bad_names[_i], "x");
        g_autofree char *why = NULL;

        ck_assert_int_eq(raw_properties_check(properties, &why), -JOBD_E_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(why, "no name of a property"));
}
END_TEST

START_TEST(number) {
        for (guint more = 0; more <= 1; more++) {
                g_autoptr(GVariant) properties = NULL;
                g_autofree char *why = NULL;
                GVariantBuilder builder;
                int r;

                g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sv)"));
                for (guint i = 0; i < 256 + more; i++)
                        g_variant_builder_add_parsed(&builder, "('BindPaths', <%u>)", i);
                properties = g_variant_ref_sink(g_variant_builder_end(&builder));
                r = raw_properties_check(properties, &why);
                ck_assert_int_eq(r, more ? -JOBD_E_LIMIT_EXCEEDED : 0);
                if (more)
                        ck_assert_ptr_nonnull(strstr(why, "256"));
        }
}
END_TEST

START_TEST(description) {
        g_autoptr(GVariant) properties = parsed(
                        "[('LimitNOFILE', <uint64 5>), ('BindPaths', <[('/a b', '/\\'c', true, uint64 0)]>),"
                        " ('AppArmorProfile', <(false, 'x\\n\\u001b\\u202eY=1 Z=2')>)]");
        g_autofree char *text = raw_properties_describe(properties, 512);

        ck_assert_str_eq(text, "LimitNOFILE=5 BindPaths=[('/a b', \"/'c\", true, 0)] "
                               "AppArmorProfile=(false, 'x\\n\\u001b\\u202eY=1 Z=2')");
        for (size_t max = 3; max < strlen(text); max++) {
                g_autofree char *cut = raw_properties_describe(properties, max);

                ck_assert_uint_le(strlen(cut), max);
                ck_assert(g_str_has_suffix(cut, "…"));
                ck_assert(strncmp(cut, text, strlen(cut) - strlen("…")) == 0);
        }
}
END_TEST

static const struct {
        const char *properties; /* NULL: none */
        const char *words, *redacted;
} redactions[] = {
        { NULL, "Unit jobd-7.service already exists.", "Unit jobd-7.service already exists." },
        { NULL, "a\033[31m\nb\377", "$'a\\x1b[31m\\x0ab\\xff'" },
        { "[('Foo', <'x'>)]", "Cannot set property Foo, or unknown property.",
          "Cannot set property Foo, or unknown property." },
        { "[('BindPaths', <[('secret/x', '/y', true, uint64 0)]>)]", "Source path secret/x is not absolute.",
          "Source path … is not absolute." },
        { "[('A', <'a'>)]", "a is not a value: 'a'", "… is not … value: '…'" },
        { "[('A', <['', 'b c']>)]", "b c, bb c, b cc", "…, bb c, b cc" },
        { "[('A', <{'k': <'deep'>}>)]", "deep: no", "…: no" },
        { "[('A', <'/p'>)]", "at /p/q", "at …/q" },
};

START_TEST(redacted) {
        g_autoptr(GVariant) properties = redactions[_i].properties ? parsed(redactions[_i].properties)
                                                                   : NULL;
        g_autofree char *text = raw_properties_redact(properties, redactions[_i].words, 512);

        ck_assert_str_eq(text, redactions[_i].redacted);
}
END_TEST

START_TEST(redacted_is_bounded) {
        g_autofree char *words = g_strnfill(100000, 'w'), *text = raw_properties_redact(NULL, words, 512);

        ck_assert_uint_le(strlen(text), 512);
        ck_assert(g_str_has_suffix(text, "…"));
}
END_TEST

/* Half a value is not one that is known. */
START_TEST(long_words_with_a_value) {
        g_autofree char *secret = g_strnfill(600, 's'), *words = g_strconcat("No: ", secret, NULL);
        g_autoptr(GVariant) properties = g_variant_ref_sink(g_variant_new_parsed("[('A', <%s>)]", secret));
        g_autofree char *text = raw_properties_redact(properties, words, 512);

        ck_assert_ptr_null(strstr(text, "ssss"));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("options");
        TCase *tcase = tcase_create("options");

        tcase_add_loop_test(tcase, checked, 0, G_N_ELEMENTS(checks));
        tcase_add_test(tcase, every_option);
        tcase_add_loop_test(tcase, box, 0, G_N_ELEMENTS(boxes));
        tcase_add_loop_test(tcase, refuses_owned, 0, G_N_ELEMENTS(owned));
        tcase_add_loop_test(tcase, names_the_option, 0, G_N_ELEMENTS(optional));
        tcase_add_loop_test(tcase, takes_others, 0, G_N_ELEMENTS(free_ones));
        tcase_add_loop_test(tcase, refuses_names, 0, G_N_ELEMENTS(bad_names));
        tcase_add_test(tcase, number);
        tcase_add_test(tcase, description);
        tcase_add_test(tcase, needs_a_controller);
        tcase_add_loop_test(tcase, redacted, 0, G_N_ELEMENTS(redactions));
        tcase_add_test(tcase, redacted_is_bounded);
        tcase_add_test(tcase, long_words_with_a_value);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
