/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/dict.h"
#include "base/variant.h"
#include "ctl/spec/unit-properties.h"
#include "ctl/spec/unit-values.h"
#include "ctl/spec/value.h"
#include "ctl/table.h"
#include "ctl/terminal.h"
#include "ctl/usage.h"

/* Properties that are written alike. */
typedef struct Kind {
        const char *type; /* on the bus */
        GVariant *(*parse)(const char *text);
        const char *form; /* how it is written */
        const char *const *names;
        const char *bus_name; /* NULL: the same, with USec for Sec */

        /* what parse() does not take may be meant for a property of another type, with a longer name */
        GVariant *(*other_parse)(const char *text);
        const char *other_suffix;

        bool is_pair; /* "soft:hard", which are two on the bus */
} Kind;

#define NAMES(...)                       \
        .names = (const char *const[]) { \
                __VA_ARGS__, NULL        \
        }

static const Kind kinds[] = {
        { "b", value_boolean, "yes or no",
          NAMES("CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting", "IPAccounting",
                "IgnoreSIGPIPE", "TTYVHangup", "TTYReset", "TTYVTDisallocate", "PrivateDevices",
                "PrivateUsers", "PrivateMounts", "PrivateIPC", "SyslogLevelPrefix", "MemoryDenyWriteExecute",
                "RestrictRealtime", "DynamicUser", "RemoveIPC", "ProtectKernelTunables",
                "ProtectKernelModules", "ProtectKernelLogs", "ProtectClock", "ProtectControlGroups",
                "MountAPIVFS", "CPUSchedulingResetOnFork", "LockPersonality", "ProtectHostname",
                "RestrictSUIDSGID", "SendSIGHUP", "SendSIGKILL", "RemainAfterExit", "GuessMainPID",
                "StopWhenUnneeded", "RefuseManualStart", "RefuseManualStop", "DefaultDependencies") },
        { "s", unit_string, "a word",
          NAMES("DevicePolicy", "Slice", "ManagedOOMSwap", "ManagedOOMMemoryPressure",
                "ManagedOOMPreference", "UtmpIdentifier", "UtmpMode", "PAMName", "TTYPath", "RootDirectory",
                "RootImage", "SyslogIdentifier", "RuntimeDirectoryPreserve", "Personality", "KeyringMode",
                "ProtectProc", "ProcSubset", "NetworkNamespacePath", "IPCNamespacePath", "LogNamespace",
                "StandardInput", "StandardOutput", "StandardError", "KillMode", "Type", "ExitType",
                "Restart", "BusName", "NotifyAccess", "OOMPolicy", "TimeoutStartFailureMode",
                "TimeoutStopFailureMode", "Description", "JobTimeoutAction", "FailureAction",
                "SuccessAction", "StartLimitAction", "CollectMode") },
        { "as", unit_words_list, "words; several times: all of them",
          NAMES("ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "ExecPaths", "NoExecPaths",
                "ExecSearchPath", "ExtensionDirectories", "SupplementaryGroups", "SystemCallArchitectures",
                "RuntimeDirectory", "StateDirectory", "CacheDirectory", "LogsDirectory",
                "ConfigurationDirectory", "Environment", "UnsetEnvironment", "PassEnvironment",
                "DisableControllers", "IPIngressFilterPath", "IPEgressFilterPath", "Documentation",
                "RequiresMountsFor", "After", "Before", "Requires", "Requisite", "Wants", "BindsTo",
                "PartOf", "Upholds", "Conflicts", "OnFailure", "OnSuccess", "JoinsNamespaceOf") },
        { "(bas)", unit_filter, "words, or ~ and words",
          NAMES("RestrictAddressFamilies", "RestrictFileSystems", "SystemCallFilter", "SystemCallLog",
                "RestrictNetworkInterfaces") },
        { "t", unit_timespan, "a time: 10, 1.5s, 2min 30s, infinity",
          NAMES("CPUQuotaPeriodSec", "LogRateLimitIntervalSec", "RestartSec", "TimeoutStartSec",
                "TimeoutAbortSec", "RuntimeRandomizedExtraSec", "WatchdogSec", "JobTimeoutSec",
                "JobRunningTimeoutSec", "StartLimitIntervalSec") },
        { "t", unit_size, "a size: 512M, 1.5G, infinity; or a share: 50%",
          NAMES("MemoryMin", "MemoryLow", "MemorySwapMax"), .other_parse = unit_share,
          .other_suffix = "Scale" },
        { "t", unit_cpu_weight, "1 to 10000, or idle", NAMES("StartupCPUWeight") },
        { "t", value_weight, "1 to 10000", NAMES("StartupIOWeight") },
        { "a(st)", unit_path_and_weight, "a device and 1 to 10000: /dev/sda 200", NAMES("IODeviceWeight") },
        { "a(st)", unit_path_and_rate, "a device and a number a second: /dev/sda 10M",
          NAMES("IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax") },
        { "ay", unit_cpus, "numbers: 0-3,8",
          NAMES("AllowedCPUs", "StartupAllowedCPUs", "AllowedMemoryNodes", "StartupAllowedMemoryNodes",
                "CPUAffinity") },
        { "b", value_boolean, "yes, no or names of controllers", NAMES("Delegate"),
          .other_parse = unit_words_list, .other_suffix = "Controllers" },
        { "a(ss)", unit_device, "a device and r, w, m: /dev/null rw", NAMES("DeviceAllow") },
        { "a(iayu)", unit_addresses, "10.0.0.0/8, any, localhost, link-local, multicast",
          NAMES("IPAddressAllow", "IPAddressDeny") },
        { "i", unit_level, "emerg, alert, crit, err, warning, notice, info, debug",
          NAMES("SyslogLevel", "LogLevelMax") },
        { "i", unit_cpu_policy, "other, batch, idle, fifo, rr", NAMES("CPUSchedulingPolicy") },
        { "i", unit_io_class, "none, realtime, best-effort, idle", NAMES("IOSchedulingClass") },
        { "i", unit_io_priority, "0 to 7", NAMES("IOSchedulingPriority") },
        { "i", unit_i32, "a number", NAMES("CPUSchedulingPriority", "OOMScoreAdjust") },
        { "i", unit_errno_or_kill, "EPERM, a number, or kill", NAMES("SystemCallErrorNumber") },
        { "i", unit_signal, "a signal: TERM, 15, RTMIN+1",
          NAMES("RestartKillSignal", "FinalKillSignal", "WatchdogSignal") },
        { "u", unit_u32, "a number",
          NAMES("LogRateLimitBurst", "FileDescriptorStoreMax", "StartLimitBurst") },
        { "u", unit_mode, "octal: 0755",
          NAMES("RuntimeDirectoryMode", "StateDirectoryMode", "CacheDirectoryMode", "LogsDirectoryMode",
                "ConfigurationDirectoryMode") },
        { "t", unit_capabilities, "CAP_CHOWN and so on, or ~ and those",
          NAMES("CapabilityBoundingSet", "AmbientCapabilities") },
        { "t", unit_namespaces, "yes, no, or of: cgroup ipc net mnt pid user uts; or ~ and those",
          NAMES("RestrictNamespaces") },
        { "a(ssbt)", unit_binds, "[-]/source[:/target[:rbind|norbind]]",
          NAMES("BindPaths", "BindReadOnlyPaths") },
        { "a(ss)", unit_tmpfs, "/path[:options]", NAMES("TemporaryFileSystem") },
        { "(bs)", unit_label, "a name; - before it: it need not be there",
          NAMES("AppArmorProfile", "SmackProcessLabel") },
        { "a(sb)", unit_environment_file, "a path; - before it: it need not be there",
          NAMES("EnvironmentFile"), .bus_name = "EnvironmentFiles" },
        { "a(ss)", unit_credential, "name:/path", NAMES("LoadCredential", "LoadCredentialEncrypted") },
        { "t", unit_size, "a size, infinity, or soft:hard",
          NAMES("LimitFSIZE", "LimitDATA", "LimitSTACK", "LimitCORE", "LimitRSS", "LimitAS", "LimitMEMLOCK",
                "LimitMSGQUEUE"),
          .is_pair = true },
        { "t", unit_u64, "a number, infinity, or soft:hard",
          NAMES("LimitNOFILE", "LimitNPROC", "LimitLOCKS", "LimitSIGPENDING", "LimitRTPRIO", "LimitRTTIME",
                "LimitNICE"),
          .is_pair = true },
        { "t", unit_seconds, "a time, infinity, or soft:hard", NAMES("LimitCPU"), .is_pair = true },
};

static const Kind *find_kind(const char *name) {
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
                if (g_strv_contains(kinds[i].names, name))
                        return &kinds[i];
        return NULL;
}

static char *bus_name(const Kind *kind, const char *name) {
        if (kind->bus_name)
                return g_strdup(kind->bus_name);
        if (kind->parse == unit_timespan)
                return g_strdup_printf("%.*sUSec", (int) (strlen(name) - strlen("Sec")), name);
        return g_strdup(name);
}

void unit_property_free(UnitProperty *property) {
        g_free(property->name);
        g_variant_unref(property->value);
        g_free(property);
}

/* Takes the name and the value; false if there is none. */
static bool add(GPtrArray *properties, char *name, GVariant *value) {
        UnitProperty *property;

        if (!value) {
                g_free(name);
                return false;
        }
        property = g_new(UnitProperty, 1);
        *property = (UnitProperty){ .name = name, .value = g_variant_ref_sink(value) };
        g_ptr_array_add(properties, property);
        return true;
}

/* "soft:hard", or one for both. */
static bool add_pair(const Kind *kind, const char *name, const char *text, GPtrArray *properties) {
        g_auto(GStrv) parts = g_strsplit(text, ":", 2);
        const char *soft = parts[0] ?: "", *hard = parts[0] && parts[1] ? parts[1] : soft;

        return add(properties, g_strdup(name), kind->parse(hard)) &&
               add(properties, g_strconcat(name, "Soft", NULL), kind->parse(soft));
}

static bool add_property(const Kind *kind, const char *name, const char *text, GPtrArray *properties) {
        if (kind->is_pair)
                return add_pair(kind, name, text, properties);
        if (add(properties, bus_name(kind, name), kind->parse(text)))
                return true;
        return kind->other_parse &&
               add(properties, g_strconcat(name, kind->other_suffix, NULL), kind->other_parse(text));
}

int unit_properties_take(const Ctl *c, const char *assignment, GPtrArray *properties) {
        const char *equals = strchr(assignment, '=');
        g_autofree char *name = NULL;
        const Kind *kind;

        if (!equals || equals == assignment || !g_utf8_validate(assignment, -1, NULL))
                return fail_usage(c, "-p: '%s' is not NAME=VALUE, and not help", assignment);
        name = g_strndup(assignment, (size_t) (equals - assignment));
        kind = find_kind(name);
        if (!kind)
                return fail_usage(
                                c,
                                "-p: there is no unit property '%s' here; '-p help' lists those that there "
                                "are, and busctl can send any",
                                name);
        if (!add_property(kind, name, equals + 1, properties))
                return fail_usage(c, "-p %s=: '%s' cannot be meant; it is written as: %s", name, equals + 1,
                                  kind->form);
        return STATUS_OK;
}

int unit_properties_append(sd_bus_message *m, const GPtrArray *properties) {
        g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(sv)"));
        g_autoptr(GVariant) all = NULL;
        int r = dict_open_entry(m, "Properties", "a(sv)");

        for (guint i = 0; i < properties->len; i++) {
                const UnitProperty *property = properties->pdata[i];

                g_variant_builder_add(&builder, "(sv)", property->name, property->value);
        }
        all = g_variant_ref_sink(g_variant_builder_end(&builder));
        if (r >= 0)
                r = variant_append(m, all);
        return r < 0 ? r : dict_close_entry(m);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

int unit_properties_help(const Ctl *c, const char *first) {
        static const Column columns[] = {
                { .title = "PROPERTY" }, { .title = "ON THE BUS" }, { .title = "TYPE" }, { .title = "VALUE" }
        };
        g_autoptr(Table) t = table_new(columns, G_N_ELEMENTS(columns));
        g_autoptr(GPtrArray) names = g_ptr_array_new(), bus_names = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GString) out = g_string_new(first);

        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
                for (const char *const *name = kinds[i].names; *name; name++)
                        g_ptr_array_add(names, (void *) *name);
        g_ptr_array_sort(names, compare_names);
        for (guint i = 0; i < names->len; i++) {
                const char *name = names->pdata[i];
                const Kind *kind = find_kind(name);

                g_assert(kind); /* it has that name */
                g_ptr_array_add(bus_names, bus_name(kind, name));
                table_add(t, name, COLOUR_NONE);
                table_add(t, bus_names->pdata[i], COLOUR_NONE);
                table_add(t, kind->type, COLOUR_NONE);
                table_add(t, kind->form, COLOUR_NONE);
        }
        table_print(t, out, 0, c->no_legend, terminal_colours(STDOUT_FILENO));
        return terminal_page(c, out->str, out->len);
}
