/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/output-state.h"

void output_state_clear(OutputState *state) {
        g_clear_pointer(&state->damage, g_array_unref);
}

static guint n_damages(const OutputState *state) {
        return state->damage ? state->damage->len : 0;
}

static OutputDamage *damage_at(const OutputState *state, guint i) {
        return &g_array_index(state->damage, OutputDamage, i);
}

bool output_state_knows_damage(const OutputState *state, uint64_t position) {
        for (guint i = 0; i < n_damages(state); i++)
                if (damage_at(state, i)->from <= position && position < damage_at(state, i)->to)
                        return true;
        return false;
}

void output_state_add_damage(OutputState *state, const OutputDamage *damage) {
        if (!state->damage)
                state->damage = g_array_new(FALSE, FALSE, sizeof(OutputDamage));
        g_array_append_val(state->damage, *damage);
        state->damaged += damage->bytes;
        state->unread -= MIN(state->unread, damage->bytes);
}

uint64_t output_state_damage(const OutputState *state, uint64_t from) {
        uint64_t bytes = 0;

        for (guint i = 0; i < n_damages(state); i++)
                if (damage_at(state, i)->from >= from)
                        bytes += damage_at(state, i)->bytes;
        return bytes;
}

uint64_t output_state_take_found(OutputState *state) {
        uint64_t found = state->damaged - MIN(state->damaged, state->damage_told);

        state->damage_told = state->damaged;
        return found;
}

static void drop_if_empty(OutputState *state) {
        if (n_damages(state) == 0)
                output_state_clear(state);
}

void output_state_pass_damage(OutputState *state, uint64_t begin) {
        for (guint i = n_damages(state); i-- > 0;)
                if (damage_at(state, i)->to <= begin)
                        g_array_remove_index(state->damage, i);
        drop_if_empty(state);
}

void output_state_forget_damage(OutputState *state, uint64_t end) {
        for (guint i = n_damages(state); i-- > 0;)
                if (damage_at(state, i)->to > end) {
                        state->damaged -= MIN(state->damaged, damage_at(state, i)->bytes);
                        g_array_remove_index(state->damage, i);
                }
        drop_if_empty(state);
}
