//! The endpoint over real sockets.
//!
//! | failure case | survived in |
//! | --- | --- |
//! | 3 | failing::empty_gather_is_a_500_and_no_empty_200, failing::panicking_gather_is_a_500_and_the_next_scrape_works |
//! | 11 | failing::every_answer_has_a_content_type_and_a_length |
//! | 23 | slow::fifty_slow_readers_share_one_body_and_are_cut, slow::slow_reader_gives_its_place_back, slow::slow_reader_without_the_hook_gives_its_place_back, slow::slow_request_body_is_cut, slow::slow_request_head_is_cut |
//! | 24 | storm::thousand_scrapes_at_once_share_two_gathers |
//! | 25 | serving::brotli_is_never_sent |
//! | 26 | stopping::stop_under_load_fails_no_scrape_in_flight, guards::forwarded_headers_do_not_spoof_the_allowlist |
//! | 27 | guards::rotated_token_fails_no_scrape, guards::bad_token_file_keeps_the_token_and_shows, guards::guesses_are_limited_before_they_are_compared |
//! | 28 | canary::token_is_found_nowhere |

mod canary;
mod client;
mod failing;
mod guards;
mod mounting;
mod serving;
mod slow;
mod source;
mod stopping;
mod storm;
