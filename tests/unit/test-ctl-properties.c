/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "ctl/spec/unit-properties.h"
#include "ctl/spec/value.h"
#include "run.h"

static const Ctl ctl = { 0 };

static void free_property(gpointer p) {
        unit_property_free(p);
}

static GPtrArray *take(const char *assignment, int status) {
        GPtrArray *properties = g_ptr_array_new_with_free_func(free_property);

        ck_assert_int_eq(unit_properties_take(&ctl, assignment, properties), status);
        return properties;
}

/* The value as GVariant's text; where systemd documents a number it is written out here. */
static const struct {
        const char *assignment, *name, *value;
} good[] = {
        { "PrivateDevices=yes", "PrivateDevices", "true" },
        { "PrivateDevices=off", "PrivateDevices", "false" },
        { "Description=a b=c", "Description", "'a b=c'" },
        { "Description=", "Description", "''" },
        { "ReadOnlyPaths=/a -/b", "ReadOnlyPaths", "['/a', '-/b']" },
        { "ReadOnlyPaths=\"/a b\" '/c\"d' e\\ f", "ReadOnlyPaths", "['/a b', '/c\"d', 'e f']" },
        { "ReadOnlyPaths=", "ReadOnlyPaths", "@as []" },
        { "SystemCallFilter=@system-service mount", "SystemCallFilter",
          "(true, ['@system-service', 'mount'])" },
        { "SystemCallFilter=~@clock @swap", "SystemCallFilter", "(false, ['@clock', '@swap'])" },
        { "TimeoutAbortSec=2min 30s", "TimeoutAbortUSec", "uint64 150000000" },
        { "WatchdogSec=10", "WatchdogUSec", "uint64 10000000" },
        { "MemoryLow=1.5G", "MemoryLow", "uint64 1610612736" },
        { "MemoryLow=infinity", "MemoryLow", "uint64 18446744073709551615" },
        { "MemoryLow=100%", "MemoryLowScale", "uint32 4294967295" },
        { "MemoryLow=50%", "MemoryLowScale", "uint32 2147483648" },
        { "MemoryMin=0.01%", "MemoryMinScale", "uint32 429497" },
        { "StartupCPUWeight=idle", "StartupCPUWeight", "uint64 0" },
        { "StartupCPUWeight=10000", "StartupCPUWeight", "uint64 10000" },
        { "StartupIOWeight=1", "StartupIOWeight", "uint64 1" },
        { "IOReadBandwidthMax=/dev/sda 5M", "IOReadBandwidthMax", "[('/dev/sda', 5000000)]" },
        { "IODeviceWeight=/dev/sda 200", "IODeviceWeight", "[('/dev/sda', 200)]" },
        { "IODeviceWeight=", "IODeviceWeight", "@a(st) []" },
        { "AllowedCPUs=0-2,9", "AllowedCPUs", "[7, 2]" },
        { "AllowedCPUs=8", "AllowedCPUs", "[0, 1]" },
        { "CPUAffinity=", "CPUAffinity", "@ay []" },
        { "Delegate=yes", "Delegate", "true" },
        { "Delegate=cpu io", "DelegateControllers", "['cpu', 'io']" },
        { "DeviceAllow=/dev/null rw", "DeviceAllow", "[('/dev/null', 'rw')]" },
        { "DeviceAllow=char-pts", "DeviceAllow", "[('char-pts', '')]" },
        { "IPAddressDeny=10.1.0.0/16 ::1", "IPAddressDeny",
          "[(2, [10, 1, 0, 0], 16), (10, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128)]" },
        { "IPAddressAllow=localhost", "IPAddressAllow",
          "[(2, [127, 0, 0, 0], 8), (10, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128)]" },
        { "LogLevelMax=warning", "LogLevelMax", "4" },
        { "LogLevelMax=7", "LogLevelMax", "7" },
        { "CPUSchedulingPolicy=batch", "CPUSchedulingPolicy", "3" },
        { "IOSchedulingClass=idle", "IOSchedulingClass", "3" },
        { "OOMScoreAdjust=-500", "OOMScoreAdjust", "-500" },
        { "SystemCallErrorNumber=EPERM", "SystemCallErrorNumber", "1" },
        { "SystemCallErrorNumber=kill", "SystemCallErrorNumber", "2147483646" },
        { "StateDirectoryMode=0750", "StateDirectoryMode", "uint32 488" },
        { "FinalKillSignal=SIGINT", "FinalKillSignal", "2" },
        { "CapabilityBoundingSet=CAP_CHOWN cap_net_bind_service", "CapabilityBoundingSet", "uint64 1025" },
        { "CapabilityBoundingSet=~CAP_CHOWN", "CapabilityBoundingSet", "uint64 18446744073709551614" },
        { "AmbientCapabilities=", "AmbientCapabilities", "uint64 0" },
        { "RestrictNamespaces=yes", "RestrictNamespaces", "uint64 0" },
        { "RestrictNamespaces=net user", "RestrictNamespaces", "uint64 1342177280" },
        { "BindPaths=/a /b:/c -/d:/e:norbind", "BindPaths",
          "[('/a', '/a', false, 16384), ('/b', '/c', false, 16384), ('/d', '/e', true, 0)]" },
        { "TemporaryFileSystem=/var:ro,size=1M /x", "TemporaryFileSystem",
          "[('/var', 'ro,size=1M'), ('/x', '')]" },
        { "AppArmorProfile=-p", "AppArmorProfile", "(true, 'p')" },
        { "EnvironmentFile=-/etc/x", "EnvironmentFiles", "[('/etc/x', true)]" },
        { "LoadCredential=a:/b:c", "LoadCredential", "[('a', '/b:c')]" },
        { "LoadCredential=a", "LoadCredential", "[('a', 'a')]" },
};

START_TEST(taken) {
        g_autoptr(GPtrArray) properties = take(good[_i].assignment, STATUS_OK);
        const UnitProperty *property = properties->pdata[0];
        g_autoptr(GVariant) value = g_variant_parse(g_variant_get_type(property->value), good[_i].value,
                                                    NULL, NULL, NULL);

        ck_assert_uint_eq(properties->len, 1);
        ck_assert_str_eq(property->name, good[_i].name);
        ck_assert_msg(value && g_variant_equal(property->value, value), "%s: %s", good[_i].assignment,
                      g_variant_print(property->value, TRUE));
}
END_TEST

/* "soft:hard", or one number for both. */
START_TEST(soft_and_hard) {
        static const struct {
                const char *assignment;
                uint64_t soft, hard;
        } pairs[] = {
                { "LimitNOFILE=1024:4096", 1024, 4096 },
                { "LimitNOFILE=infinity", UINT64_MAX, UINT64_MAX },
                { "LimitNOFILE=0:infinity", 0, UINT64_MAX },
                { "LimitNOFILE=64", 64, 64 },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
                g_autoptr(GPtrArray) properties = take(pairs[i].assignment, STATUS_OK);
                const UnitProperty *hard = properties->pdata[0], *soft = properties->pdata[1];

                ck_assert_uint_eq(properties->len, 2);
                ck_assert_str_eq(hard->name, "LimitNOFILE");
                ck_assert_str_eq(soft->name, "LimitNOFILESoft");
                ck_assert_uint_eq(g_variant_get_uint64(hard->value), pairs[i].hard);
                ck_assert_uint_eq(g_variant_get_uint64(soft->value), pairs[i].soft);
        }
}
END_TEST

START_TEST(units_of_limits) {
        g_autoptr(GPtrArray) size = take("LimitCORE=1G", STATUS_OK),
                             time = take("LimitCPU=1min 500ms", STATUS_OK);

        ck_assert_uint_eq(g_variant_get_uint64(((UnitProperty *) size->pdata[0])->value), 1073741824);
        ck_assert_uint_eq(g_variant_get_uint64(((UnitProperty *) time->pdata[0])->value), 61);
}
END_TEST

static const char *const bad[] = {
        "",
        "help",
        "PrivateDevices",
        "=yes",
        "Nosuch=1",
        "privatedevices=yes",
        "PrivateDevices=maybe",
        "PrivateDevices=",
        "Description=\377",
        "ReadOnlyPaths=\"/a",
        "TimeoutAbortUSec=1",
        "TimeoutAbortSec=soon",
        "MemoryLow=1X",
        "MemoryLow=101%",
        "MemoryLow=-1",
        "MemoryLow=5.123%",
        "MemoryLow=%",
        "StartupCPUWeight=0",
        "StartupCPUWeight=10001",
        "IOReadBandwidthMax=5M",
        "IOReadBandwidthMax=sda 5M",
        "IOReadBandwidthMax=/dev/sda 5MB",
        "IOReadBandwidthMax=/dev/sda 99999999999999999999T",
        "AllowedCPUs=3-1",
        "AllowedCPUs=8192",
        "AllowedCPUs=x",
        "AllowedCPUs=-",
        "IPAddressDeny=10.0.0.0/33",
        "IPAddressDeny=10.0.0",
        "IPAddressDeny=::1/129",
        "LogLevelMax=8",
        "LogLevelMax=loud",
        "CPUSchedulingPolicy=deadline",
        "IOSchedulingPriority=8",
        "OOMScoreAdjust=1e3",
        "SystemCallErrorNumber=ENOSUCH",
        "FinalKillSignal=NOSUCH",
        "StateDirectoryMode=0999",
        "StateDirectoryMode=",
        "CapabilityBoundingSet=CHOWN",
        "CapabilityBoundingSet=CAP_NOSUCH",
        "RestrictNamespaces=time",
        "BindPaths=a",
        "BindPaths=/a:b",
        "BindPaths=/a:/b:rw",
        "TemporaryFileSystem=x",
        "EnvironmentFile=relative",
        "LoadCredential=:/x",
        "LimitNOFILE=",
        "LimitNOFILE=1:2:3",
        "LimitNOFILE=:5",
        "LimitNOFILE=many",
};

START_TEST(refused) {
        G_GNUC_UNUSED g_autoptr(GPtrArray) properties = take(bad[_i], STATUS_USAGE);
}
END_TEST

/* What the kernel calls each capability by number. */
START_TEST(capabilities) {
        g_autoptr(GPtrArray) last = take("AmbientCapabilities=CAP_CHECKPOINT_RESTORE", STATUS_OK);
        g_autoptr(GPtrArray) middle = take("AmbientCapabilities=CAP_SYS_ADMIN", STATUS_OK);

        ck_assert_uint_eq(g_variant_get_uint64(((UnitProperty *) last->pdata[0])->value),
                          UINT64_C(1) << CAP_CHECKPOINT_RESTORE);
        ck_assert_uint_eq(g_variant_get_uint64(((UnitProperty *) middle->pdata[0])->value),
                          UINT64_C(1) << CAP_SYS_ADMIN);
}
END_TEST

static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t hundredths;
} percents[] = {
        { "50%", 100, true, 5000 },    { "0%", 100, true, 0 },        { "100%", 100, true, 10000 },
        { "12.5%", 100, true, 1250 },  { "12.05%", 100, true, 1205 }, { "100.01%", 100, false, 0 },
        { "150%", 1000, true, 15000 }, { "50", 100, false, 0 },       { "%", 100, false, 0 },
        { "-1%", 100, false, 0 },      { " 1%", 100, false, 0 },      { "1.%", 100, false, 0 },
        { ".5%", 100, false, 0 },      { "1.234%", 100, false, 0 },   { "1.2.3%", 100, false, 0 },
        { "1%%", 100, false, 0 },      { "0x1%", 100, false, 0 },     { "", 100, false, 0 },
};

START_TEST(percent) {
        uint64_t hundredths = 0;

        ck_assert_int_eq(parse_percent(percents[_i].text, percents[_i].max, &hundredths), percents[_i].good);
        ck_assert_uint_eq(percents[_i].good ? hundredths : 0, percents[_i].hundredths);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-properties");
        TCase *tcase = tcase_create("ctl-properties");

        tcase_add_loop_test(tcase, taken, 0, G_N_ELEMENTS(good));
        tcase_add_test(tcase, soft_and_hard);
        tcase_add_test(tcase, units_of_limits);
        tcase_add_loop_test(tcase, refused, 0, G_N_ELEMENTS(bad));
        tcase_add_test(tcase, capabilities);
        tcase_add_loop_test(tcase, percent, 0, G_N_ELEMENTS(percents));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
