//! Documents of the bench.

use std::fmt::Write as _;

use pulldown_cmark::{Options, Parser, html::push_html};

const PARAGRAPH: &str = "The station recorded wind, rain and pressure every ten minutes, and the observers compared the \
    instruments each morning. A *second* reading in the evening showed how far the **values** drift during a warm day. \
    Where both readings disagreed by more than one per cent, the observers repeated the measurement and noted the reason \
    in the [journal](https://example.org/journal).";

/// Returns a Markdown document. Each section is about one and a half pages long.
pub fn document(sections: usize, round: u64) -> String {
    let mut text = format!("# Field notes {round}\n");
    for number in 1..=sections {
        let _ = write!(
            text,
            "\n## Section {number}\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n\n\
             - wind above {number} m/s\n- rain below {number} mm\n- pressure, which was stable\n\n\
             | station | wind | rain | pressure |\n|---|--:|--:|--:|\n\
             | north | {number}.1 | 0.4 | 1013 |\n| south | {number}.7 | 1.9 | 1009 |\n| west | 3.2 | {number} | 1011 |\n\n\
             {PARAGRAPH}\n\n```rust\nfn mean(values: &[f64]) -> f64 {{\n    values.iter().sum::<f64>() / {number} as f64\n}}\n```\n\n\
             > {PARAGRAPH}\n\n{PARAGRAPH}\n\n1. Read the instruments.\n2. Compare the readings.\n3. Sign the journal.\n\n\
             {PARAGRAPH}\n\n{PARAGRAPH}\n"
        );
    }
    text
}

/// Converts a document to an HTML page for the other programs.
pub fn html(markdown: &str) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Field notes</title><style>@page{size:A4;margin:25mm}\
         body{font:11pt/1.4 serif}table{border-collapse:collapse}td,th{padding:2pt 6pt}pre{font-size:9pt}</style>",
    );
    push_html(&mut html, Parser::new_ext(markdown, Options::ENABLE_TABLES));
    html
}
