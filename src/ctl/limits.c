/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/format.h"
#include "client/details.h"
#include "client/report.h"
#include "ctl/limits.h"
#include "ctl/text/timestamp.h"

typedef enum Unit {
        UNIT_NONE,
        UNIT_BYTES,
        UNIT_TIME,
        UNIT_SHARE, /* of a processor, in µs per second */
} Unit;

static const struct {
        const char *name, *word;
        Unit unit;
} numbers[] = {
        { "MemoryMax", "memory", UNIT_BYTES },
        { "MemoryHigh", "memory slowed down from", UNIT_BYTES },
        { "TasksMax", "tasks", UNIT_NONE },
        { "CPUQuotaPerSecUSec", "processor", UNIT_SHARE },
        { "CPUWeight", "processor weight", UNIT_NONE },
        { "IOWeight", "disk weight", UNIT_NONE },
        { "RuntimeMaxUSec", "time", UNIT_TIME },
};

static const struct {
        const char *name, *word;
        char type;
} boxes[] = {
        { "NoNewPrivileges", "no-new-privileges", SD_BUS_TYPE_BOOLEAN },
        { "PrivateNetwork", "private-network", SD_BUS_TYPE_BOOLEAN },
        { "PrivateTmp", "private-tmp", SD_BUS_TYPE_BOOLEAN },
        { "ProtectSystem", "protect-system", SD_BUS_TYPE_STRING },
        { "ProtectHome", "protect-home", SD_BUS_TYPE_STRING },
};

Limits limits_new(void) {
        return (Limits){ .limits = g_string_new(NULL),
                         .boxes = g_string_new(NULL),
                         .not_enforced = g_string_new(NULL) };
}

void limits_done(Limits *limits) {
        (void) g_string_free(limits->limits, TRUE);
        (void) g_string_free(limits->boxes, TRUE);
        (void) g_string_free(limits->not_enforced, TRUE);
}

static char *number_text(Unit unit, uint64_t n) {
        if (unit == UNIT_BYTES)
                return format_size(n);
        if (unit == UNIT_TIME)
                return format_timespan(n);
        if (unit == UNIT_SHARE)
                return g_strdup_printf("%g%%", (double) n / 10000);
        return g_strdup_printf("%" G_GUINT64_FORMAT, n);
}

static int take_number(Limits *limits, size_t i, sd_bus_message *m) {
        g_autofree char *text = NULL;
        uint64_t n;
        int r = sd_bus_message_read(m, "v", "t", &n);

        if (r < 0 || n == UINT64_MAX) /* no limit */
                return r;
        text = number_text(numbers[i].unit, n);
        g_string_append_printf(limits->limits, "%s%s %s", limits->limits->len > 0 ? ", " : "",
                               numbers[i].word, text);
        return 1;
}

static int take_box(Limits *limits, size_t i, sd_bus_message *m) {
        const char *separator = limits->boxes->len > 0 ? ", " : "", *word = "no";
        int r, yes = 0;

        if (boxes[i].type == SD_BUS_TYPE_BOOLEAN)
                r = sd_bus_message_read(m, "v", "b", &yes);
        else
                r = sd_bus_message_read(m, "v", "s", &word);
        if (r < 0)
                return r;
        if (yes)
                g_string_append_printf(limits->boxes, "%s%s", separator, boxes[i].word);
        else if (strcmp(word, "no") != 0)
                g_string_append_printf(limits->boxes, "%s%s=%s", separator, boxes[i].word, word);
        return 1;
}

static const char *word_of(const char *name) {
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
                if (strcmp(numbers[i].name, name) == 0)
                        return numbers[i].word;
        return name;
}

static int take_not_enforced(Limits *limits, sd_bus_message *m) {
        const char *name;
        int r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, "as");

        if (r >= 0)
                r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "s");
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0)
                g_string_append_printf(limits->not_enforced, "%s%s",
                                       limits->not_enforced->len > 0 ? ", " : "", word_of(name));
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 1;
}

int limits_take(Limits *limits, const char *name, sd_bus_message *m) {
        if (strcmp(name, "NotEnforced") == 0)
                return take_not_enforced(limits, m);
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
                if (strcmp(numbers[i].name, name) == 0)
                        return take_number(limits, i, m);
        for (size_t i = 0; i < G_N_ELEMENTS(boxes); i++)
                if (strcmp(boxes[i].name, name) == 0)
                        return take_box(limits, i, m);
        return 0;
}

static int visit(const char *name, sd_bus_message *m, void *userdata) {
        int r = limits_take(userdata, name, m);

        return r != 0 ? r : sd_bus_message_skip(m, "v");
}

void limits_warn(Ctl *c, JobId id) {
        g_auto(Limits) limits = limits_new();
        g_auto(Details) details = { 0 };

        if (details_fetch(&c->client, id, &details) != STATUS_OK || !details.details ||
            details_visit(&(Details){ .properties = details.details }, visit, &limits) < 0)
                return;
        if (limits.not_enforced->len > 0)
                warn("job %s: the limits of %s do nothing: its machine has no controller for them",
                     job_id_label(id).text, limits.not_enforced->str);
}
