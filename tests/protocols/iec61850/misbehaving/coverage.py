"""Which test shows what: the negative cases of IEC 61850-10 that a client meets, and the faults to survive.

Case to tests, as `FILE::test`, FILE below `tests/` without its ending. `test_coverage.py` checks that each exists.
"""

from __future__ import annotations

_M = "protocols/iec61850/misbehaving"
_I = "protocols/iec61850"
_G = "substation/control/test_gate"
_C = "substation/control/test_device_causes"
_F = "substation/field/test_scripted_device"
_V = "virtual/test_doubts::test_doubt_ends_safely"

ASSOCIATION: dict[str, tuple[str, ...]] = {
    "nobody listens": (f"{_I}/test_client::test_device_that_is_not_there",),
    "no response": (
        f"{_I}/test_client::test_device_that_accepts_and_says_nothing",
        f"{_M}/test_association::test_no_association_is_one_clear_line_and_is_tried_again",
    ),
    "refused at COTP, session, presentation, ACSE, MMS": (
        f"{_M}/test_association::test_no_association_is_one_clear_line_and_is_tried_again",
    ),
    "wrong ISO parameters": (
        f"{_M}/test_association::test_strange_parameters_of_a_device_that_works_all_the_same_are_lived_with",
    ),
    "lost while it is set up": (
        f"{_M}/test_association::test_an_association_lost_during_the_set_up_is_one_line_and_the_next_one_serves",
    ),
    "lost or aborted later": (
        f"{_M}/test_association::test_an_association_that_the_device_ends_is_told_at_once",
        f"{_F}::test_an_association_that_is_lost_leaves_no_good_value",
        f"{_I}/test_client::test_killed_device_is_a_link_error_at_once_and_comes_back_with_its_new_self",
    ),
    "server at its most connections": (
        f"{_I}/reports/test_reporting::test_a_device_without_an_association_left_is_told_in_words",
    ),
    "TLS alert": (
        f"{_I}/test_tls::test_a_certificate_of_another_authority_is_refused_by_either_side",
        f"{_I}/test_tls::test_a_certificate_outside_of_its_validity_is_refused",
        f"{_I}/test_tls::test_a_revoked_certificate_ends_the_link_that_is_open",
        f"{_I}/test_tls::test_plain_and_secured_do_not_meet",
    ),
}

MODEL: dict[str, tuple[str, ...]] = {
    "logical node or data object missing, other type, ctlModel, confRev at the start": (
        f"{_I}/comparison/test_comparing::test_what_is_otherwise_is_told_with_both_values_line_and_what_it_touches",
    ),
    "other type than the SCL's on the wire": (
        f"{_M}/test_reports::test_another_type_than_the_scls_is_told_and_never_a_good_value",
    ),
    "confRev changed in a report": (
        f"{_I}/reports/test_reporting::test_another_configuration_revision_inside_a_report_ends_the_link",
        f"{_F}::test_a_configuration_that_changes_meanwhile_takes_everything_from_automation",
    ),
    "unknown data set": (
        f"{_M}/test_reports::test_a_data_set_that_is_not_there_costs_its_reports_and_its_points_are_read",
    ),
    "the device does not describe itself": (
        f"{_M}/test_reports::test_a_device_that_does_not_describe_itself_is_refused_in_words",
    ),
    "data set that cannot be made": (f"{_I}/reports/test_reporting::test_what_fits_into_no_data_set_is_read",),
}

REPORTS: dict[str, tuple[str, ...]] = {
    "reserved by another": (
        f"{_I}/test_client::test_chosen_reports_and_a_second_client_gets_the_next_instance",
        f"{_I}/test_client::test_where_all_instances_are_taken_the_reason_is_told_and_the_points_are_read",
        f"{_I}/test_libiec61850_server::test_a_second_client_is_told_who_has_the_blocks_and_reads_instead",
    ),
    "RptEna refused": (f"{_M}/test_reports::test_a_block_that_cannot_be_enabled_is_told_and_another_instance_serves",),
    "OptFlds, IntgPd, TrgOps, ResvTms, Resv, GI refused": (
        f"{_M}/test_reports::test_what_a_block_does_not_let_be_written_is_watched_otherwise",
        f"{_M}/test_reports::test_a_block_that_refuses_everything_reports_all_the_same",
    ),
    "disabled by another client": (f"{_M}/test_reports::test_a_block_that_somebody_else_disables_ends_the_link",),
    "purged by another client": (
        f"{_M}/test_reports::test_a_buffer_that_another_client_has_purged_is_told_as_lost_events",
    ),
    "BufOvfl": (
        f"{_I}/test_hostile::test_overflow_of_the_device_buffer_is_told",
        f"{_I}/reports/test_stream::test_overflow_is_told_once_and_not_for_what_was_before_us",
    ),
    "EntryID resumed": (
        f"{_I}/test_client::test_no_event_is_lost_over_a_break_and_only_uncommitted_ones_repeat",
        f"{_I}/test_libiec61850_server::test_resumes_after_the_last_committed_entry",
        f"{_M}/test_reports::test_a_link_is_up_only_when_the_whole_buffer_before_its_picture_is_delivered",
    ),
    "EntryID unknown": (f"{_I}/test_libiec61850_server::test_entry_that_the_device_forgot_is_told",),
    "SqNum gap": (
        f"{_I}/reports/test_reporting::test_lost_reports_are_told_counted_and_asked_for",
        f"{_F}::test_lost_reports_are_a_line_in_the_event_list",
    ),
    "duplicates": (f"{_I}/reports/test_reporting::test_an_entry_that_comes_twice_is_one_event",),
    "segmented": (f"{_M}/test_segments::test_a_picture_in_segments_is_whole_and_its_events_are_one_each",),
    "segment missing": (f"{_M}/test_segments::test_a_segment_that_stays_away_is_told_and_asked_for",),
    "segment doubled": (f"{_M}/test_segments::test_segments_that_come_twice_are_one_report",),
    "segments without end or order": (f"{_M}/test_segments::test_segments_that_lie_take_neither_memory_nor_the_link",),
    "general interrogation": (f"{_I}/test_client::test_first_picture_has_every_point_before_connected",),
    "integrity missing": (
        f"{_M}/test_reports::test_integrity_reports_that_stay_away_end_the_link",
        f"{_F}::test_a_silent_device_is_lost_within_two_integrity_periods",
    ),
    "reason codes, and other optional fields, off": (
        f"{_M}/test_reports::test_reports_without_any_optional_field_are_read_and_their_lack_is_told",
    ),
    "time of entry that cannot be read": (f"{_M}/test_time::test_a_time_of_entry_that_cannot_be_read_costs_no_event",),
    "access error inside": (
        f"{_I}/reports/test_reporting::test_an_access_error_inside_a_report_makes_its_own_point_invalid",
    ),
}

CONTROLS: dict[str, tuple[str, ...]] = {
    "four models, every AddCause": (
        f"{_M}/test_controls::test_every_cause_of_a_refusal_is_told_and_nothing_is_repeated",
        f"{_C}::test_s21_every_cause_is_told_in_words_and_no_command_is_sent_twice",
    ),
    "an AddCause that does not exist": (
        f"{_M}/test_controls::test_a_cause_that_the_standard_does_not_have_is_unknown_and_told_as_it_came",
    ),
    "CommandTermination, positive": (f"{_I}/test_control::test_every_control_model_ends_in_the_confirmed_position",),
    "CommandTermination, negative, every AddCause": (
        f"{_M}/test_controls::test_every_cause_of_a_negative_termination_is_told_as_a_failure",
        f"{_C}::test_s21_a_failure_blocks_automation_there_until_people_have_looked",
    ),
    "CommandTermination missing": (f"{_I}/test_control::test_termination_that_never_comes_is_unknown",),
    "CommandTermination late or twice": (
        f"{_I}/test_control::test_a_termination_that_comes_late_or_twice_is_told_and_changes_nothing",
    ),
    "CommandTermination before the answer": (f"{_I}/test_control::test_a_termination_before_the_answer_counts",),
    "CommandTermination of something else": (f"{_M}/test_controls::test_a_termination_of_something_else_ends_nothing",),
    "link lost before the termination": (f"{_I}/test_control::test_device_dies_before_the_termination",),
    "an answer that does not fit, or none": (
        f"{_M}/test_controls::test_an_answer_that_does_not_fit_is_never_taken_for_a_yes",
    ),
    "LastApplError late": (f"{_M}/test_controls::test_a_last_appl_error_after_the_refusal_still_names_its_cause",),
    "position does not follow, or is wrong": (
        f"{_G}::test_s21_success_is_the_confirmed_position",
        f"{_G}::test_s21_a_sample_of_before_the_command_confirms_nothing",
    ),
    "select time-out": (
        f"{_I}/test_control::test_a_selection_that_the_device_has_let_go_is_not_operated",
        f"{_M}/test_controls::test_a_selection_that_the_device_forgets_early_is_refused_and_not_selected_anew",
        f"{_M}/test_controls::test_a_selection_by_read_that_answers_with_nothing_selects_nothing",
    ),
    "operate with other parameters": (f"{_I}/test_control::test_nothing_is_operated_that_was_selected_otherwise",),
    "orCat refused, same position again, test, checks": (
        f"{_M}/test_controls::test_what_a_device_does_not_want_is_refused_once_and_other_commands_go",
    ),
    "same position again at the gate": (f"{_G}::test_what_is_reached_already_is_not_commanded",),
    "second client": (f"{_I}/test_control::test_selected_by_another_client",),
}

TIME: dict[str, tuple[str, ...]] = {
    "TimeQuality bits": (f"{_M}/test_time::test_what_the_device_says_of_its_clock_travels_with_the_event",),
    "future and past": (f"{_M}/test_time::test_a_time_that_cannot_be_is_kept_marked_and_never_replaces_ours",),
    "absent": (f"{_M}/test_time::test_an_event_without_a_time_has_the_one_of_its_arrival_only",),
}

FAULTS: dict[str, tuple[str, ...]] = {
    "1 half-open connection": (f"{_F}::test_a_silent_device_is_lost_within_two_integrity_periods",),
    "2 slow or frozen device": (
        f"{_I}/test_client::test_frozen_device_ends_the_link_and_never_holds_up_the_loop",
        f"{_I}/test_control::test_frozen_device_leaves_the_outcome_unknown_and_the_loop_free",
        f"{_M}/test_reports::test_a_slow_answer_of_one_device_delays_no_other",
        f"{_F}::test_a_frozen_device_holds_up_no_other_unit",
    ),
    "3 flood": (
        f"{_I}/reports/test_reporting::test_a_flood_is_told_and_delays_no_other_link",
        f"{_I}/test_client::test_flood_of_reports_while_history_stalls_ends_the_link_and_loses_nothing",
    ),
    "4 clock jump": (
        f"{_M}/test_time::test_our_own_clock_may_jump_without_a_link_lost_or_a_command_repeated",
        f"{_M}/test_time::test_a_clock_that_jumps_keeps_every_event_in_the_order_of_its_arrival",
        "substation/control/test_clock_jumps"
        "::test_s21_a_selection_lasts_as_long_as_it_should_whatever_the_time_of_day_says",
    ),
    "5 duplicate report or entry": (
        f"{_I}/reports/test_reporting::test_an_entry_that_comes_twice_is_one_event",
        "substation/test_repeated_events::test_every_event_is_taken_once_whatever_is_repeated",
        "substation/test_repeated_events::test_a_unit_that_was_killed_knows_what_it_has_stored",
    ),
    "6 gap or overflow": (
        f"{_I}/reports/test_reporting::test_lost_reports_are_told_counted_and_asked_for",
        f"{_I}/test_hostile::test_overflow_of_the_device_buffer_is_told",
    ),
    "7 termination lost": (
        f"{_I}/test_control::test_termination_that_never_comes_is_unknown",
        f"{_G}::test_s21_automation_never_repeats_an_unknown_outcome",
    ),
    "8 stuck breaker": (
        _V,
        "sim_ied/test_faces::test_ied_whose_breaker_stops_midway_ends_the_command_negatively",
        "wire/test_doubt::test_switch_that_fails_at_isolation_ends_safely",
    ),
    "9 intermediate or contradictory position": (
        f"{_F}::test_a_position_that_is_none_is_told_and_is_neither_open_nor_closed",
        "substation/control/test_operating_rules::test_s14_a_switch_in_doubt_is_not_closed",
        "substation/control/test_operating_rules::test_s14_doubt_counts_as_closed_when_isolating",
    ),
    "10 contradicting indicators": (_V, "wire/test_doubt::test_contradicting_indicators_are_left_to_people"),
    "11 changed configuration": (
        f"{_F}::test_a_configuration_that_changes_meanwhile_takes_everything_from_automation",
        f"{_I}/comparison/test_comparing::test_what_is_otherwise_is_told_with_both_values_line_and_what_it_touches",
    ),
    "12 second fault during a sequence": (
        _V,
        "substation/control/test_executor::test_s6_a_trip_at_any_time_ends_the_sequence",
        "virtual/test_storage::test_a_second_fault_in_the_dead_part_is_closed_onto_once",
    ),
    "13 control centre lost": (
        "wire/test_control_centre::test_events_reach_a_control_centre_that_dies_and_comes_back",
    ),
    "14 take-over": (
        _V,
        "substation/control/test_executor::test_s18_a_take_over_stops_before_the_next_command",
        "substation/control/test_standing::test_s18_control_taken_over_stops_orders_before_their_next_command",
    ),
    "15 two masters": (
        f"{_I}/test_control::test_selected_by_another_client",
        f"{_G}::test_s19_one_command_in_flight_per_bay",
        "substation/test_centre_commands::test_s18_each_control_centre_commands_what_its_settings_say",
    ),
    "16 interlocking refuses": (
        f"{_C}::test_s21_every_cause_is_told_in_words_and_no_command_is_sent_twice",
        "substation/control/test_bay_rules::test_s21_the_interlocking_of_the_device_is_asked_and_explained",
    ),
    "17 tag, earth": (
        f"{_G}::test_what_a_rule_refuses_between_select_and_operate_is_given_back_to_the_device",
        "substation/control/test_operating_rules::test_s17_tags_forbid_closing",
        "substation/control/test_operating_rules::test_s17_nothing_is_fed_onto_an_earth",
    ),
    "20 kill -9 in the sequence": (
        "virtual/test_crash::test_killed_during_an_order",
        "wire/test_restart::test_killed_unit_comes_back_blocked",
        "substation/control/test_executor::test_s22_killed_at_every_command_and_started_again",
        "substation/field/test_mms_front_end"
        "::test_kill_9_of_the_front_end_and_a_restart_of_the_unit_lose_no_event_and_an_overflow_is_told",
    ),
    "21 database slow or locked": (
        "substation/history/test_writer::test_a_locked_file_is_waited_for",
        "virtual/test_storage::test_history_fails_while_the_order_runs",
    ),
    "22 malformed PDU": (
        f"{_I}/test_hostile::test_what_cannot_be_decoded_ends_the_link_at_once",
        f"{_F}::test_what_cannot_be_decoded_ends_this_link_and_no_other",
        f"{_I}/test_fuzz::test_mutated_answers_and_reports_end_in_words_and_disturb_no_other_link",
    ),
    "27 no number": (
        f"{_F}::test_no_number_is_no_measurement_and_its_neighbours_stay_good",
        "substation/test_acquisition::test_a_number_that_is_none_is_never_good",
    ),
    "28 stale value": ("substation/test_image::test_measured_values_age",),
    "29 bad quality": (f"{_F}::test_a_value_that_is_not_good_is_shown_and_not_acted_upon",),
    "30 invalid time": (f"{_M}/test_time::test_a_time_that_cannot_be_is_kept_marked_and_never_replaces_ours",),
}

GROUPS = {
    "Ass": ASSOCIATION,
    "Dset": MODEL,
    "Rp, Br": REPORTS,
    "Ctl": CONTROLS,
    "Tm": TIME,
    "faults": FAULTS,
}
