/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <sched.h>
#include <string.h>

#include "base/parse.h"
#include "ctl/spec/unit-words.h"

#define ERRNO_MAX 4095

/* One word from *p on, which stands at its first byte. NULL if a quote is left open. */
static char *next_word(const char **p) {
        g_autoptr(GString) word = g_string_new(NULL);
        const char *s = *p;
        char quote = '\0';

        for (; *s && (quote || !strchr(" \t\n", *s)); s++) {
                if (*s == '\\' && s[1])
                        g_string_append_c(word, *++s);
                else if (quote ? *s == quote : *s == '"' || *s == '\'')
                        quote = quote ? '\0' : *s;
                else
                        g_string_append_c(word, *s);
        }
        *p = s;
        return quote ? NULL : g_string_free(g_steal_pointer(&word), FALSE);
}

char **unit_words(const char *text) {
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

        for (;;) {
                char *word;

                text += strspn(text, " \t\n");
                if (!*text)
                        break;
                word = next_word(&text);
                if (!word)
                        return NULL;
                g_ptr_array_add(words, word);
        }
        g_ptr_array_add(words, NULL);
        return (char **) g_ptr_array_steal(words, NULL);
}

static int index_of(const char *word, const char *const *words, int n_words) {
        for (int i = 0; i < n_words; i++)
                if (words[i] && strcmp(words[i], word) == 0)
                        return i;
        return -1;
}

int unit_log_level(const char *word) {
        static const char *const levels[] = { "emerg",   "alert",  "crit", "err",
                                              "warning", "notice", "info", "debug" };
        uint32_t number;

        if (parse_u32(word, &number) >= 0)
                return number < G_N_ELEMENTS(levels) ? (int) number : -1;
        return index_of(word, levels, G_N_ELEMENTS(levels));
}

int unit_cpu_scheduling(const char *word) {
        static const char *const policies[] = { [SCHED_OTHER] = "other",
                                                [SCHED_BATCH] = "batch",
                                                [SCHED_IDLE] = "idle",
                                                [SCHED_FIFO] = "fifo",
                                                [SCHED_RR] = "rr" };

        return index_of(word, policies, G_N_ELEMENTS(policies));
}

int unit_io_scheduling(const char *word) {
        static const char *const classes[] = { "none", "realtime", "best-effort", "idle" };

        return index_of(word, classes, G_N_ELEMENTS(classes));
}

int unit_errno(const char *word) {
        uint32_t number;

        if (strcmp(word, "kill") == 0)
                return INT32_MAX - 1; /* systemd's number for it */
        if (parse_u32(word, &number) >= 0)
                return number <= ERRNO_MAX ? (int) number : -1;
        for (int e = 1; e <= ERRNO_MAX; e++) {
                const char *name = strerrorname_np(e);

                if (name && strcmp(name, word) == 0)
                        return e;
        }
        return -1;
}

bool unit_capability(const char *word, uint64_t *ret_bit) {
        /* in the order of their numbers, which are the kernel's interface */
        static const char *const names[] = {
                "CHOWN",
                "DAC_OVERRIDE",
                "DAC_READ_SEARCH",
                "FOWNER",
                "FSETID",
                "KILL",
                "SETGID",
                "SETUID",
                "SETPCAP",
                "LINUX_IMMUTABLE",
                "NET_BIND_SERVICE",
                "NET_BROADCAST",
                "NET_ADMIN",
                "NET_RAW",
                "IPC_LOCK",
                "IPC_OWNER",
                "SYS_MODULE",
                "SYS_RAWIO",
                "SYS_CHROOT",
                "SYS_PTRACE",
                "SYS_PACCT",
                "SYS_ADMIN",
                "SYS_BOOT",
                "SYS_NICE",
                "SYS_RESOURCE",
                "SYS_TIME",
                "SYS_TTY_CONFIG",
                "MKNOD",
                "LEASE",
                "AUDIT_WRITE",
                "AUDIT_CONTROL",
                "SETFCAP",
                "MAC_OVERRIDE",
                "MAC_ADMIN",
                "SYSLOG",
                "WAKE_ALARM",
                "BLOCK_SUSPEND",
                "AUDIT_READ",
                "PERFMON",
                "BPF",
                "CHECKPOINT_RESTORE",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (g_ascii_strncasecmp(word, "CAP_", 4) == 0 &&
                    g_ascii_strcasecmp(word + 4, names[i]) == 0) {
                        *ret_bit = UINT64_C(1) << i;
                        return true;
                }
        return false;
}

static const struct {
        const char *name;
        uint64_t flag;
} namespaces[] = {
        { "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "net", CLONE_NEWNET },
        { "mnt", CLONE_NEWNS },        { "pid", CLONE_NEWPID }, { "user", CLONE_NEWUSER },
        { "uts", CLONE_NEWUTS },
};

bool unit_namespace(const char *word, uint64_t *ret_flag) {
        for (size_t i = 0; i < G_N_ELEMENTS(namespaces); i++)
                if (strcmp(namespaces[i].name, word) == 0) {
                        *ret_flag = namespaces[i].flag;
                        return true;
                }
        return false;
}

uint64_t unit_namespaces_all(void) {
        uint64_t all = 0;

        for (size_t i = 0; i < G_N_ELEMENTS(namespaces); i++)
                all |= namespaces[i].flag;
        return all;
}
