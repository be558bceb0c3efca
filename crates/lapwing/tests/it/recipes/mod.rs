//! `docs/recipes.md` is done as it is written: its code is compiled here, its configuration read, its metrics scraped.

mod shop;

use crate::support::{configuration, local, text};

const PAGE: &str = include_str!("../../../../../docs/recipes.md");
const CODE: &str = include_str!("shop.rs");

/// All fenced blocks of `language`.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    PAGE.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn recipes_give_the_metrics_they_promise() {
    let code = CODE.replace("pub(crate) ", "");
    for block in blocks("rust") {
        assert!(code.contains(block), "not in the code that is run:\n{block}");
    }
    let of = |section: &str| -> String {
        let blocks = blocks("yaml").into_iter().filter_map(|block| block.strip_prefix(section));
        section.to_owned() + &blocks.collect::<String>()
    };
    let telemetry = local(&configuration("", &(of("rules:\n") + &of("gauges:\n"))));
    shop::watch_queue(&telemetry).unwrap();
    {
        let _on = telemetry.enter();
        shop::checkout(&shop::Order { country: "at".to_owned(), cents: 100 });
        shop::checkout(&shop::Order { country: "jp".to_owned(), cents: 0 });
        shop::import(&["a", "b", "c"]);
        shop::sign_in("ada");
        assert_eq!(shop::by_hand(&telemetry), 42);
    }
    let text = text(&telemetry);
    for sample in blocks("text").into_iter().flat_map(str::lines) {
        assert!(text.lines().any(|line| line == sample), "{sample} is not in:\n{text}");
    }
    let problems: Vec<&str> =
        text.lines().filter(|line| line.starts_with("lapwing_problems_total") && !line.ends_with(" 0")).collect();
    assert!(problems.is_empty(), "{problems:?}");
}
