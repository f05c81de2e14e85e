/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Limits and boxes of a job: each is an option of StartJob, a property of the job's unit, an entry of
 * GetDetails and of the job's record, by the same name and type. One table says what they are, and why
 * everybody may have them.
 */

typedef enum UnitSettingId {
        UNIT_SETTING_MEMORY_HIGH,
        UNIT_SETTING_MEMORY_MAX,
        UNIT_SETTING_TASKS_MAX,
        UNIT_SETTING_CPU_WEIGHT,
        UNIT_SETTING_CPU_QUOTA,
        UNIT_SETTING_IO_WEIGHT,
        UNIT_SETTING_NO_NEW_PRIVILEGES,
        UNIT_SETTING_PRIVATE_NETWORK,
        UNIT_SETTING_PRIVATE_TMP,
        UNIT_SETTING_PROTECT_SYSTEM,
        UNIT_SETTING_PROTECT_HOME,
        _UNIT_SETTING_MAX,
} UnitSettingId;

#define UNIT_SETTING_WORDS_MAX 4U

typedef struct UnitSetting {
        const char *name;
        const char *type;                          /* "t", "b" or "s" */
        uint64_t min, max;                         /* of "t"; a max of UINT64_MAX is infinity */
        uint64_t user_min, user_max;               /* the same for all but root; 0: no others */
        const char *words[UNIT_SETTING_WORDS_MAX]; /* of "s"; the first changes nothing */
        bool is_box;                               /* changes the command's view of the system */
        const char *controller; /* of the cgroup tree, without which it does nothing; NULL: none */
} UnitSetting;

extern const UnitSetting unit_settings[_UNIT_SETTING_MAX];

/* NULL: no such setting. */
const UnitSetting *unit_setting_find(const char *name);

/* What is wrong with `value`, for people and for the caller to free; NULL: nothing. */
char *unit_setting_complain(const UnitSetting *setting, GVariant *value);

/* What is wrong with `settings` of anybody but root, for people and for the caller to free; NULL:
 * nothing. */
char *unit_settings_complain_to_user(GVariant *const settings[static _UNIT_SETTING_MAX]);

/* The name of a box that `settings` (NULL where not given) really ask for; NULL: none. It wants
 * NoNewPrivileges. */
const char *unit_settings_find_box(GVariant *const settings[static _UNIT_SETTING_MAX]);
